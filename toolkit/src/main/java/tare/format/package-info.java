/**
 * Reads safetensors and GGUF files in place, and writes them. The package stands on {@code
 * tare.tensor}. Begin with {@link tare.format.TensorSource}.
 */
package tare.format;
