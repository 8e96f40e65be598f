package tare.compress;

/**
 * A way to compress a whole model.
 *
 * @param name what results and plots call it, for instance {@code gptq}
 * @param compressor applied to each linear of each block
 */
public record Recipe(String name, Compressor compressor) {}
