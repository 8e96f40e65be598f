/**
 * Compresses a whole model block by block with what a calibration set feeds its layers. It stands
 * on {@code tare.model} and {@code tare.compress}. Begin with {@link tare.calibrate.BlockByBlock}.
 */
package tare.calibrate;
