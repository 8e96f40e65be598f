/**
 * The numbers that a quantized weight may take, and how codes are stored: whole numbers with a
 * scale and a zero point, and the small floating-point formats. The package stands on {@code
 * tare.tensor}. Begin with {@link tare.grid.WeightGrid}.
 */
package tare.grid;
