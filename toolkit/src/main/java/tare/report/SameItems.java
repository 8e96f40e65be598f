package tare.report;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.apache.commons.statistics.inference.BinomialTest;
import tech.tablesaw.api.Table;

/**
 * Two models on the same items. What one item is worth to both is compared, so that items that are
 * easy or hard for both cancel out: far smaller differences show than between two means.
 *
 * @param first what the first model got for each item
 * @param second what the second got, in the same order
 */
public record SameItems(double[] first, double[] second) {

  private static final double NORMAL_95_PERCENT = 1.959963984540054;
  private static final double NORMAL_80_PERCENT = 0.8416212335729143;

  /** Checks that there are as many of both, and at least two. */
  public SameItems {
    if (first.length != second.length || first.length < 2) {
      throw new IllegalArgumentException(
          "Two or more items are compared, each scored by both models; got %d and %d."
              .formatted(first.length, second.length));
    }
    first = first.clone();
    second = second.clone();
  }

  /**
   * From the items of two trials.
   *
   * @param first rows with the columns of {@code items/*.csv.gz}, see {@link ResultTable#items}
   * @param second the other trial's
   * @param task name of the task
   * @param metric for instance {@code acc}
   * @throws IllegalArgumentException if they do not have the same items
   */
  public static SameItems of(Table first, Table second, String task, String metric) {
    return of(values(first, task, metric), values(second, task, metric), task + ", " + metric);
  }

  /**
   * From the values of the items.
   *
   * @param what what they are of, for a message
   */
  static SameItems of(Map<String, Double> ours, Map<String, Double> theirs, String what) {
    if (!ours.keySet().equals(theirs.keySet())) {
      throw new IllegalArgumentException(
          "The trials do not have the same items of %s: %d and %d."
              .formatted(what, ours.size(), theirs.size()));
    }
    return new SameItems(
        ours.values().stream().mapToDouble(Double::doubleValue).toArray(),
        ours.keySet().stream().mapToDouble(theirs::get).toArray());
  }

  /** What each item got. */
  static Map<String, Double> values(Table items, String task, String metric) {
    Map<String, Double> values = new LinkedHashMap<>();
    for (int row = 0; row < items.rowCount(); row++) {
      if (items.stringColumn("task").get(row).equals(task)
          && items.stringColumn("metric").get(row).equals(metric)) {
        values.put(items.stringColumn("item").get(row), items.doubleColumn("value").getDouble(row));
      }
    }
    return values;
  }

  /** How many items there are. */
  public int items() {
    return first.length;
  }

  /** Mean of first − second. */
  public double difference() {
    return Arrays.stream(differences()).average().orElseThrow();
  }

  /** Standard error of the difference: that of the mean of the items' differences. */
  public double standardError() {
    double mean = difference();
    double squares = Arrays.stream(differences()).map(d -> (d - mean) * (d - mean)).sum();
    return Math.sqrt(squares / (items() - 1) / items());
  }

  private double[] differences() {
    return IntStream.range(0, first.length).mapToDouble(i -> first[i] - second[i]).toArray();
  }

  /**
   * An interval.
   *
   * @param low its lower end
   * @param high its upper end
   */
  public record Interval(double low, double high) {}

  /**
   * The 95 % interval of the difference by the paired bootstrap (Efron 1979; percentiles): items
   * are drawn anew, with replacement, and with each its two scores.
   *
   * @param draws how often, at least 100
   */
  public Interval bootstrap(int draws, RandomGenerator random) {
    if (draws < 100) {
      throw new IllegalArgumentException("A bootstrap needs 100 or more draws; got " + draws);
    }
    double[] differences = differences();
    double[] means = new double[draws];
    for (int draw = 0; draw < draws; draw++) {
      double sum = 0;
      for (int i = 0; i < differences.length; i++) {
        sum += differences[random.nextInt(differences.length)];
      }
      means[draw] = sum / differences.length;
    }
    Arrays.sort(means);
    return new Interval(quantile(means, 0.025), quantile(means, 0.975));
  }

  private static double quantile(double[] sorted, double p) {
    double at = p * (sorted.length - 1);
    int below = (int) at;
    int above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
  }

  /**
   * A test of right and wrong answers.
   *
   * @param onlyFirst items that only the first model got right
   * @param onlySecond items that only the second got right
   * @param p how probable so uneven a division is if both are equally good; 1 if they never differ
   */
  public record McNemar(int onlyFirst, int onlySecond, double p) {}

  /**
   * McNemar's test (1947) in its exact form: of the items on which the models differ, half should
   * be the first one's.
   *
   * @throws IllegalArgumentException if a score is neither 0 nor 1
   */
  public McNemar mcNemar() {
    int onlyFirst = 0;
    int onlySecond = 0;
    for (int i = 0; i < first.length; i++) {
      if ((first[i] != 0 && first[i] != 1) || (second[i] != 0 && second[i] != 1)) {
        throw new IllegalArgumentException(
            "McNemar's test needs right (1) and wrong (0); item %d has %s and %s."
                .formatted(i, first[i], second[i]));
      }
      onlyFirst += first[i] > second[i] ? 1 : 0;
      onlySecond += first[i] < second[i] ? 1 : 0;
    }
    int differing = onlyFirst + onlySecond;
    double p =
        differing == 0
            ? 1
            : BinomialTest.withDefaults().test(differing, onlyFirst, 0.5).getPValue();
    return new McNemar(onlyFirst, onlySecond, p);
  }

  /**
   * The smallest difference of accuracy that some number of items can tell: found in four of five
   * trials by a two-sided test at 5 % (normal approximation). With a share s of items on which the
   * models differ, one item's difference has the variance s − d²; so d² = z² (s − d²) / n with z
   * the sum of the two normal quantiles.
   *
   * @param items how many
   * @param differing the share of items that one model gets right and the other wrong; for two
   *     models that know nothing of each other at accuracy a it is 2 a (1 − a)
   */
  public static double smallestDifference(int items, double differing) {
    double z = NORMAL_95_PERCENT + NORMAL_80_PERCENT;
    return z * Math.sqrt(differing / (items + z * z));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SameItems that
        && Arrays.equals(first, that.first)
        && Arrays.equals(second, that.second);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(first) + Arrays.hashCode(second);
  }

  @Override
  public String toString() {
    return "SameItems[items=%d, difference=%.4f]".formatted(items(), difference());
  }
}
