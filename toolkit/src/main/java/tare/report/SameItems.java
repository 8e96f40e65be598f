package tare.report;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.apache.commons.statistics.distribution.BinomialDistribution;
import tare.evaluate.Outcome;
import tare.study.TrialFiles;
import tech.tablesaw.api.Table;

/**
 * Compares two models on the same items. Items that are easy or hard for both models cancel out, so
 * this detects far smaller differences than comparing two means.
 *
 * @param first the first model's score on each item
 * @param second the second model's scores, in the same order
 */
public record SameItems(double[] first, double[] second) {

  private static final double NORMAL_95_PERCENT = 1.959963984540054;
  private static final double NORMAL_80_PERCENT = 0.8416212335729143;

  /** Checks that both have the same number of scores, at least two. */
  public SameItems {
    if (first.length != second.length || first.length < 2) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "A comparison needs two or more items, each scored by both models; got %d and %d.",
              first.length,
              second.length));
    }
    first = first.clone();
    second = second.clone();
  }

  /**
   * Takes the items of two trials.
   *
   * @param first rows with the columns {@code task}, {@code item}, {@code metric}, {@code value}
   * @param second rows of the other trial
   * @param task name of the task
   * @param metric for instance {@code acc}
   * @throws IllegalArgumentException if the trials do not have the same items
   */
  public static SameItems of(Table first, Table second, String task, String metric) {
    return of(values(first, task, metric), values(second, task, metric), task + ", " + metric);
  }

  /**
   * Takes the scores of items.
   *
   * @param what what was scored, for messages
   */
  static SameItems of(Map<String, Double> ours, Map<String, Double> theirs, String what) {
    if (!ours.keySet().equals(theirs.keySet())) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "The trials do not have the same items of %s: %d and %d.",
              what,
              ours.size(),
              theirs.size()));
    }
    return new SameItems(
        ours.values().stream().mapToDouble(Double::doubleValue).toArray(),
        ours.keySet().stream().mapToDouble(theirs::get).toArray());
  }

  /**
   * The items of a recorded trial.
   *
   * @throws IllegalArgumentException if they were not kept
   */
  static List<Outcome> of(TrialFiles files, String trial) {
    List<Outcome> items = files.items(trial);
    if (items.isEmpty()) {
      throw new IllegalArgumentException(
          "The results have no items of the trial " + trial + ". Run the study that writes them.");
    }
    return items;
  }

  /** The score of each item of a recorded trial. */
  static Map<String, Double> values(TrialFiles files, String trial, String task, String metric) {
    return values(of(files, trial), task, metric);
  }

  /** The score of each item. */
  static Map<String, Double> values(List<Outcome> items, String task, String metric) {
    Map<String, Double> values = new LinkedHashMap<>();
    for (Outcome item : items) {
      if (item.task().equals(task) && item.metric().equals(metric)) {
        values.put(item.item(), item.value());
      }
    }
    return values;
  }

  /** The score of each item. */
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

  /** Number of items. */
  public int items() {
    return first.length;
  }

  /**
   * Tests whether the two models are equal within a bound.
   *
   * @param bound largest difference that does not matter, above 0
   */
  public Equivalence equivalence(double bound) {
    return Equivalence.of(differences(), bound);
  }

  /** Whether every score is 0 or 1, as {@link #mcNemar} needs. */
  boolean rightOrWrong() {
    return Arrays.stream(first).allMatch(score -> score == 0 || score == 1)
        && Arrays.stream(second).allMatch(score -> score == 0 || score == 1);
  }

  /** Mean of first − second. */
  public double difference() {
    return Arrays.stream(differences()).average().orElseThrow();
  }

  /** Standard error of the difference: the standard error of the mean of the items' differences. */
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
   * The 95 % interval of the difference by the paired bootstrap (Efron 1979; percentiles). Items
   * are drawn with replacement, each with its two scores.
   *
   * @param draws number of draws, at least 100
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
   * Result of a test of right and wrong answers.
   *
   * @param onlyFirst number of items that only the first model answered right
   * @param onlySecond number of items that only the second model answered right
   * @param p probability of a division at least as uneven if both models are equally good; 1 if
   *     they never differ
   */
  public record McNemar(int onlyFirst, int onlySecond, double p) {}

  /**
   * McNemar's exact test (1947): of the items on which the models differ, each model should win
   * half.
   *
   * @throws IllegalArgumentException if a score is neither 0 nor 1
   */
  public McNemar mcNemar() {
    int onlyFirst = 0;
    int onlySecond = 0;
    for (int i = 0; i < first.length; i++) {
      if ((first[i] != 0 && first[i] != 1) || (second[i] != 0 && second[i] != 1)) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "McNemar's test needs right (1) and wrong (0) answers; item %d has the scores %s and %s.",
                i,
                first[i],
                second[i]));
      }
      onlyFirst += first[i] > second[i] ? 1 : 0;
      onlySecond += first[i] < second[i] ? 1 : 0;
    }
    // Not BinomialTest: rounding makes it miss divisions that are as uneven on the other side.
    double tail =
        BinomialDistribution.of(onlyFirst + onlySecond, 0.5)
            .cumulativeProbability(Math.min(onlyFirst, onlySecond));
    return new McNemar(onlyFirst, onlySecond, Math.min(1, 2 * tail));
  }

  /**
   * The smallest difference of accuracy that a number of items can detect: it is found in four of
   * five trials by a two-sided test at 5 % (normal approximation). If the models differ on a share
   * s of the items, one item's difference has the variance s − d². So d² = z² (s − d²) / n, with z
   * the sum of the two normal quantiles.
   *
   * @param items number of items
   * @param differing share of items that one model answers right and the other wrong; for two
   *     independent models of accuracy a it is 2 a (1 − a)
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
    return String.format(
        Locale.ROOT, "SameItems[items=%d, difference=%.4f]", items(), difference());
  }
}
