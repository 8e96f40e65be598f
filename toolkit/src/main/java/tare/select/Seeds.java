package tare.select;

import java.util.SplittableRandom;

/** Seeds that follow from one another. */
final class Seeds {

  private Seeds() {}

  /** A seed of its own for each of the sets of one seed. */
  static long ofSet(long seed, int set) {
    SplittableRandom seeds = new SplittableRandom(seed);
    for (int skipped = 0; skipped < set; skipped++) {
      seeds.nextLong();
    }
    return seeds.nextLong();
  }
}
