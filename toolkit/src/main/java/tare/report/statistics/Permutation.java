package tare.report.statistics;

import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * Permutation tests: how often a difference at least as large occurs when labels are exchanged at
 * random. If there are few permutations, all are tried. Otherwise some are drawn and p = (1 +
 * number at least as large) / (1 + draws), which is never 0 (Phipson and Smyth 2010).
 *
 * @param draws largest number of permutations to try
 */
public record Permutation(int draws) {

  /** Tolerance, so that equal sums count as equal whatever the order of their terms. */
  private static final double ROUNDING = 1e-12;

  /** Checks the number. */
  public Permutation {
    if (draws < 1) {
      throw new IllegalArgumentException("draws must be 1 or more; got " + draws);
    }
  }

  /**
   * Tests two methods on the same calibration sets. If both methods are alike, each set's
   * difference could equally have the other sign.
   *
   * @param differences first − second, set by set
   * @return two-sided p; with n sets at least 2 / 2^n
   */
  public double paired(double[] differences, RandomGenerator random) {
    int n = differences.length;
    double found = Math.abs(Arrays.stream(differences).sum());
    if (n < 31 && 1L << n <= draws) {
      int atLeast = 0;
      for (int signs = 0; signs < 1 << n; signs++) {
        atLeast += reaches(flipped(differences, signs), found) ? 1 : 0;
      }
      return (double) atLeast / (1 << n);
    }
    int atLeast = 0;
    for (int draw = 0; draw < draws; draw++) {
      double sum = 0;
      for (double difference : differences) {
        sum += random.nextBoolean() ? difference : -difference;
      }
      atLeast += reaches(sum, found) ? 1 : 0;
    }
    return (1.0 + atLeast) / (1.0 + draws);
  }

  private static double flipped(double[] differences, int signs) {
    double sum = 0;
    for (int i = 0; i < differences.length; i++) {
      sum += (signs >> i & 1) == 1 ? differences[i] : -differences[i];
    }
    return sum;
  }

  /**
   * Tests two sources, each with its own calibration sets. If both sources are alike, any set could
   * equally belong to the other source.
   *
   * @return two-sided p of the difference of the means
   */
  public double between(double[] first, double[] second, RandomGenerator random) {
    if (first.length == 0 || second.length == 0) {
      throw new IllegalArgumentException("Each of the two sources needs a calibration set.");
    }
    double[] all = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, all, first.length, second.length);
    double total = Arrays.stream(all).sum();
    double found =
        Math.abs(difference(Arrays.stream(first).sum(), total, first.length, all.length));
    int n = all.length;
    if (n < 31 && 1L << n <= draws) {
      int tried = 0;
      int atLeast = 0;
      for (int chosen = 0; chosen < 1 << n; chosen++) {
        if (Integer.bitCount(chosen) == first.length) {
          tried++;
          double d = difference(sum(all, chosen), total, first.length, n);
          atLeast += reaches(d, found) ? 1 : 0;
        }
      }
      return (double) atLeast / tried;
    }
    int atLeast = 0;
    for (int draw = 0; draw < draws; draw++) {
      double sum = 0;
      for (int i = 0; i < first.length; i++) {
        int other = i + random.nextInt(n - i);
        double swapped = all[other];
        all[other] = all[i];
        all[i] = swapped;
        sum += swapped;
      }
      atLeast += reaches(difference(sum, total, first.length, n), found) ? 1 : 0;
    }
    return (1.0 + atLeast) / (1.0 + draws);
  }

  private static double difference(double sum, double total, int count, int all) {
    return sum / count - (total - sum) / (all - count);
  }

  private static double sum(double[] all, int chosen) {
    double sum = 0;
    for (int i = 0; i < all.length; i++) {
      sum += (chosen >> i & 1) == 1 ? all[i] : 0;
    }
    return sum;
  }

  private static boolean reaches(double value, double found) {
    return Math.abs(value) >= found - ROUNDING * Math.max(1, found);
  }
}
