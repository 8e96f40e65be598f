/**
 * Compresses a whole model block by block, using the inputs that a calibration set produces in each
 * layer, and writes the result as a checkpoint folder. The package stands on {@code tare.model} and
 * {@code tare.compress}. Begin with {@link tare.calibrate.BlockByBlock}.
 */
package tare.calibrate;
