package tare.select;

import java.util.SplittableRandom;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import tare.data.Windows;
import tare.model.DecoderModel;
import tare.model.TextTokenizer;

/**
 * Gives a selector what it may use besides the pool.
 *
 * @param tokenizer tokenizer of the model that will be compressed
 * @param model the uncompressed model, loaded only if a selector asks for it
 * @param random source of all randomness; the same seed gives the same set
 * @param cache keeps statistics of activations between selections
 * @param set which of the disjoint sets or pools of one seed, from 0
 * @param references reads the training items of a task that is given by name only
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

  /** Surroundings for set 0, with a cache, which cannot read the texts of tasks. */
  public Surroundings(
      TextTokenizer tokenizer,
      Supplier<DecoderModel> model,
      RandomGenerator random,
      ActivationCache cache) {
    this(tokenizer, model, random, cache, 0, TaskReference::requireItems);
  }

  /** Surroundings without a cache: statistics are computed anew for each selection. */
  public Surroundings(
      TextTokenizer tokenizer, Supplier<DecoderModel> model, RandomGenerator random) {
    this(tokenizer, model, random, ActivationCache.NONE);
  }

  /** Returns a copy for another of the disjoint sets. */
  public Surroundings set(int other) {
    return new Surroundings(tokenizer, model, random, cache, other, references);
  }

  /** Returns a copy with another source of randomness. */
  public Surroundings random(RandomGenerator other) {
    return new Surroundings(tokenizer, model, other, cache, set, references);
  }

  /** Returns a copy that can read the training side of tasks given by name only. */
  public Surroundings references(UnaryOperator<TaskReference> reading) {
    return new Surroundings(tokenizer, model, random, cache, set, reading);
  }

  /** Cuts text into windows of this many tokens. */
  Windows windows(int length) {
    return new Windows(tokenizer::encode, tokenizer::places, tokenizer::decode, length);
  }

  /** A new seed, which differs between sets. */
  public long seedOfSet() {
    SplittableRandom seeds = new SplittableRandom(random.nextLong());
    for (int skipped = 0; skipped < set; skipped++) {
      seeds.nextLong();
    }
    return seeds.nextLong();
  }
}
