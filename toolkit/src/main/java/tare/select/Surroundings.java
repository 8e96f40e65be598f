package tare.select;

import java.util.random.RandomGenerator;
import tare.model.TextTokenizer;

/**
 * What a selector may use besides the pool.
 *
 * @param tokenizer of the model that is to be compressed
 * @param random where all chance comes from; the same seed gives the same set
 */
public record Surroundings(TextTokenizer tokenizer, RandomGenerator random) {}
