/**
 * Packed checkpoints for other programs: the layouts of GPTQ, AWQ and compressed-tensors. It stands
 * on {@code tare.calibrate}. Begin with {@link tare.export.PackedFolder}.
 */
package tare.export;
