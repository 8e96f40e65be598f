/**
 * Quantizers and pruners of one weight matrix, and the recipes that combine them. A compressor sees
 * statistics of the inputs, never text. The package stands on {@code tare.grid}. Begin with {@link
 * tare.compress.Gptq}.
 */
package tare.compress;
