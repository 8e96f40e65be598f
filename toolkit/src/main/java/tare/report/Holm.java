package tare.report;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
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

  /**
   * Corrects the p values of each family for itself.
   *
   * @param p the p value of each test
   * @param families the family that each test belongs to, for instance its metric
   * @return the corrected values, in the same order
   */
  public static double[] adjusted(double[] p, List<String> families) {
    double[] corrected = new double[p.length];
    Set<String> names = new TreeSet<>(families);
    for (String name : names) {
      int[] members =
          IntStream.range(0, p.length).filter(i -> families.get(i).equals(name)).toArray();
      double[] own = adjusted(IntStream.of(members).mapToDouble(i -> p[i]).toArray());
      for (int i = 0; i < members.length; i++) {
        corrected[members[i]] = own[i];
      }
    }
    return corrected;
  }
}
