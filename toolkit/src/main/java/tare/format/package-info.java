/**
 * Files that hold tensors: safetensors and GGUF, read where they lie, and safetensors written. It
 * stands on {@code tare.tensor}. Begin with {@link tare.format.TensorSource}.
 */
package tare.format;
