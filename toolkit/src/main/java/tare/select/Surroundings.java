package tare.select;

import java.util.SplittableRandom;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
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
 * @param set which of the disjoint sets or pools of one seed, from 0
 * @param references gives a task that has only its name the items of its training side
 */
public record Surroundings(
    TextTokenizer tokenizer,
    Supplier<DecoderModel> model,
    RandomGenerator random,
    ActivationCache cache,
    int set,
    UnaryOperator<TaskReference> references) {

  /** Checks the number. */
  public Surroundings {
    if (set < 0) {
      throw new IllegalArgumentException("Sets are counted from 0; got set " + set + ".");
    }
  }

  /** For set 0, with a cache, and without the texts of tasks. */
  public Surroundings(
      TextTokenizer tokenizer,
      Supplier<DecoderModel> model,
      RandomGenerator random,
      ActivationCache cache) {
    this(tokenizer, model, random, cache, 0, TaskReference::requireItems);
  }

  /** Without a cache: statistics are computed anew for each selection. */
  public Surroundings(
      TextTokenizer tokenizer, Supplier<DecoderModel> model, RandomGenerator random) {
    this(tokenizer, model, random, ActivationCache.NONE);
  }

  /** The same for another of the disjoint sets. */
  public Surroundings set(int other) {
    return new Surroundings(tokenizer, model, random, cache, other, references);
  }

  /** The same with a way to read the training side of tasks that are only named. */
  public Surroundings references(UnaryOperator<TaskReference> reading) {
    return new Surroundings(tokenizer, model, random, cache, set, reading);
  }

  /** A new seed, which is another for each set. */
  public long seedOfSet() {
    SplittableRandom seeds = new SplittableRandom(random.nextLong());
    for (int skipped = 0; skipped < set; skipped++) {
      seeds.nextLong();
    }
    return seeds.nextLong();
  }
}
