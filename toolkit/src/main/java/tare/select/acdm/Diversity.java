package tare.select.acdm;

import java.util.HashSet;
import java.util.Set;
import tare.select.CandidatePool;

/**
 * Keeps a set from holding the same text twice.
 *
 * @param oneWindowPerDocument whether a document gives at most one window
 * @param mostOverlap the largest Jaccard index |A ∩ B| / |A ∪ B| of the 5-grams of tokens of two
 *     chosen windows, 0 to 1
 */
public record Diversity(boolean oneWindowPerDocument, double mostOverlap) {

  /** One window per document, overlap up to 0.5. */
  public static final Diversity STRICT = new Diversity(true, 0.5);

  /** Overlap up to 0.5; a document may give several windows. */
  public static final Diversity OVERLAP = new Diversity(false, 0.5);

  /** Excludes nothing. */
  public static final Diversity NONE = new Diversity(false, 1);

  private static final int GRAM = 5;

  /** Checks the number. */
  public Diversity {
    if (!(mostOverlap >= 0 && mostOverlap <= 1)) {
      throw new IllegalArgumentException(
          "mostOverlap is a share, from 0 to 1; got " + mostOverlap + ".");
    }
  }

  /** How a pool's windows must differ. If documents are joined, one may give several windows. */
  static Diversity of(CandidatePool pool) {
    return pool.packed() ? OVERLAP : STRICT;
  }

  /** Hashes of the 5-grams of a window. A shorter window has one hash. */
  public static Set<Long> grams(int[] tokens) {
    Set<Long> grams = new HashSet<>();
    int length = Math.min(GRAM, tokens.length);
    for (int from = 0; from + length <= tokens.length; from++) {
      long hash = 0;
      for (int i = from; i < from + length; i++) {
        hash = hash * 0x9E3779B97F4A7C15L + tokens[i] + 1;
      }
      grams.add(hash);
    }
    return grams;
  }

  /** |A ∩ B| / |A ∪ B|. */
  public static double jaccard(Set<Long> a, Set<Long> b) {
    Set<Long> smaller = a.size() < b.size() ? a : b;
    Set<Long> larger = smaller == a ? b : a;
    long common = smaller.stream().filter(larger::contains).count();
    return (double) common / (a.size() + b.size() - common);
  }
}
