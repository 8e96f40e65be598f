/**
 * Writes packed checkpoints for other programs, in the layouts of GPTQ, AWQ and compressed-tensors.
 * The package stands on {@code tare.calibrate}. Begin with {@link tare.export.PackedFolder}.
 */
package tare.export;
