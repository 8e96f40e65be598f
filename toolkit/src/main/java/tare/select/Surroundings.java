package tare.select;

import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import tare.model.DecoderModel;
import tare.model.TextTokenizer;

/**
 * What a selector may use besides the pool.
 *
 * @param tokenizer of the model that is to be compressed
 * @param model the uncompressed model; it is loaded only if it is asked for
 * @param random where all chance comes from; the same seed gives the same set
 * @param cache where the statistics of activations are kept between selections
 */
public record Surroundings(
    TextTokenizer tokenizer,
    Supplier<DecoderModel> model,
    RandomGenerator random,
    ActivationCache cache) {

  /** Without a cache: statistics are computed anew for each selection. */
  public Surroundings(
      TextTokenizer tokenizer, Supplier<DecoderModel> model, RandomGenerator random) {
    this(tokenizer, model, random, ActivationCache.NONE);
  }
}
