package tare.report;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/** Holm's correction (1979) for testing several hypotheses together. */
public final class Holm {

  private Holm() {}

  /**
   * Corrects p values step by step: the smallest is multiplied by the number of tests, the next by
   * one less, and so on. Corrected values never decrease and are at most 1. A missing p stays
   * missing and does not count.
   *
   * @param p the p value of each test
   * @return the corrected values, in the same order
   */
  public static double[] adjusted(double... p) {
    int[] order =
        IntStream.range(0, p.length)
            .filter(i -> !Double.isNaN(p[i]))
            .boxed()
            .sorted(Comparator.comparingDouble(i -> p[i]))
            .mapToInt(Integer::intValue)
            .toArray();
    double[] corrected = new double[p.length];
    Arrays.fill(corrected, Double.NaN);
    double largest = 0;
    for (int rank = 0; rank < order.length; rank++) {
      largest = Math.max(largest, Math.min(1, p[order[rank]] * (order.length - rank)));
      corrected[order[rank]] = largest;
    }
    return corrected;
  }
}
