package tare.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.commons.statistics.distribution.TDistribution;
import org.apache.commons.statistics.inference.TTest;
import org.apache.commons.statistics.inference.WilcoxonSignedRankTest;
import tare.report.statistics.NeededNumber;
import tare.report.statistics.Permutation;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/**
 * Tests whether one method is better than another on the same calibration sets. The differences of
 * their scores, set by set, are tested against zero by Student's paired t test, Wilcoxon's
 * signed-rank test and a permutation test. A method without calibration has a single score, which
 * is compared with every set.
 *
 * <p>Perplexities and divergences are compared by their logarithms. Their differences are shown in
 * per cent: −20 means that the first is a fifth below the second, in the geometric mean over the
 * sets.
 */
public final class PairedTests {

  private static final String[] PAIR = {"model", "task", "metric", "calibration_fingerprint"};
  private static final int CONDITION = 3;

  /** The columns that {@link #tests} gives, in order. */
  static final List<String> NUMBERS =
      List.of("mean_difference", "low", "high", "p_t", "p_wilcoxon", "p_permutation");

  /** Tries all signs of up to 16 sets. With more sets it draws as many signs, with a fixed seed. */
  private static final Permutation PERMUTATION = new Permutation(1 << 16);

  private static final long SEED = 1;

  /** Differences that are this much alike are equal but for rounding. */
  static final double ROUNDING = 1e-12;

  private PairedTests() {}

  /**
   * Columns: {@code model} (only if there are several), {@code task}, {@code metric}, {@code
   * pairs}, {@code unit} ({@code %} of the second for perplexities and divergences, empty for the
   * metric's own), {@code mean_difference} (first − second), {@code low} and {@code high} (its 95 %
   * confidence interval by Student's t), {@code p_t}, {@code p_wilcoxon}, {@code p_permutation} (of
   * the signs, see {@link Permutation#paired}), and {@code p_t_holm}: p_t after Holm's correction
   * (the family: all rows of one metric). The p values are missing where all differences are equal,
   * and all numbers where a score has no logarithm but needs one.
   *
   * @param results rows with the columns of {@code results.csv}
   * @param first a method by its name in the column {@code method}; by its {@code recipe} if the
   *     name occurs with several settings
   * @param second another method; {@code none} is the uncompressed model
   * @throws IllegalArgumentException if the two methods share fewer than two calibration sets
   */
  public static Table table(Table results, String first, String second) {
    return table(first + " - " + second, differences(results, first, second));
  }

  /**
   * Tests whether two methods are equal within a bound, on the same calibration sets, by two
   * one-sided tests (see {@link Equivalence}). Perplexities and divergences are compared by their
   * logarithms, so that a bound of 0.01 is one percent of them, a point of accuracy, or 0.01 nats.
   * The unit is the calibration set.
   *
   * <p>Columns: {@code model} (only if there are several), {@code task}, {@code metric}, {@code
   * scale} ({@code ln} or empty), {@code pairs}, {@code mean_difference} (first − second), {@code
   * standard_error}, {@code bound}, {@code p_equivalent}, {@code p_equivalent_holm} (the family:
   * all rows of one metric), {@code equivalent_within} (the smallest bound that would be accepted
   * at 5 %), and {@code sets_needed} to find a difference of the bound's size in four of five
   * cases. Numbers are missing where all differences are equal, or a logarithm does not exist.
   *
   * @param bound largest difference that does not matter, above 0
   * @throws IllegalArgumentException if the two methods share fewer than two calibration sets
   */
  public static Table equivalence(Table results, String first, String second, double bound) {
    Conditions left = Conditions.named("model", "task", "metric");
    StringColumn metrics = StringColumn.create("metrics");
    StringColumn scale = StringColumn.create("scale");
    IntColumn pairs = IntColumn.create("pairs");
    DoubleColumn[] numbers =
        Stream.of(
                "mean_difference",
                "standard_error",
                "bound",
                "p_equivalent",
                "equivalent_within",
                "sets_needed")
            .map(Numbers::column)
            .toArray(DoubleColumn[]::new);
    differences(results, first, second)
        .forEach(
            (key, values) -> {
              double[] differences = Grouped.array(values);
              Equivalence test = Equivalence.of(differences, bound);
              left.append(key);
              metrics.append(key.get(2));
              scale.append(onLogarithm(key.get(2)) ? "ln" : "");
              pairs.append(differences.length);
              double deviation = test.standardError() * Math.sqrt(differences.length);
              Numbers.append(
                  numbers,
                  test.mean(),
                  test.standardError(),
                  bound,
                  test.p(),
                  test.within(),
                  Math.ceil(NeededNumber.USUAL.paired(deviation, bound)));
            });
    double[] holm = Holm.adjusted(numbers[3].asDoubleArray(), metrics.asList());
    return left.table(first + " - " + second)
        .addColumns(scale, pairs, numbers[0], numbers[1], numbers[2], numbers[3])
        .addColumns(Numbers.column("p_equivalent_holm", holm), numbers[4], numbers[5]);
  }

  private static double ln(double value) {
    return value > 0 ? Math.log(value) : Double.NaN;
  }

  /** Whether ratios of a metric mean more than differences. */
  static boolean onLogarithm(String metric) {
    return metric.endsWith("perplexity") || metric.startsWith("kl") || metric.equals("answer_kl");
  }

  /** A score on the scale on which it is compared; NaN if it has no logarithm but needs one. */
  static double scaled(String metric, double score) {
    return onLogarithm(metric) ? ln(score) : score;
  }

  /** The unit in which tables show differences of a metric; empty for its own. */
  static String unit(String metric) {
    return onLogarithm(metric) ? "%" : "";
  }

  /** A difference of scores that were {@link #scaled}, in its {@link #unit}. */
  static double shown(String metric, double difference) {
    return onLogarithm(metric) ? 100 * Math.expm1(difference) : difference;
  }

  /** The differences of each condition, at least two, set by set, of scores that are scaled. */
  private static Map<List<String>, List<Double>> differences(
      Table results, String first, String second) {
    Map<List<String>, List<Double>> firsts = Grouped.values(rows(results, first), PAIR);
    Map<List<String>, List<Double>> seconds = Grouped.values(rows(results, second), PAIR);
    Map<List<String>, List<Double>> differences = new TreeMap<>(Grouped.inOrder());
    firsts.forEach(
        (set, values) -> {
          List<Double> others = seconds.getOrDefault(set, seconds.get(withoutCalibration(set)));
          if (others != null) {
            differences
                .computeIfAbsent(set.subList(0, CONDITION), k -> new ArrayList<>())
                .add(mean(set.get(2), values) - mean(set.get(2), others));
          }
        });
    differences.values().removeIf(pairs -> pairs.size() < 2);
    if (differences.isEmpty()) {
      throw new IllegalArgumentException(
          "The methods %s and %s share fewer than two calibration sets; a paired test needs two."
              .formatted(first, second));
    }
    return differences;
  }

  /** The mean of scores of a metric, each scaled. */
  static double mean(String metric, List<Double> scores) {
    return scores.stream().mapToDouble(score -> scaled(metric, score)).average().orElseThrow();
  }

  private static Table rows(Table results, String method) {
    Table rows =
        method.equals(Grouped.BASELINE)
            ? Grouped.baselineRows(results)
            : Grouped.compressedRows(results);
    return rows.where(rows.stringColumn("method").isEqualTo(method));
  }

  private static List<String> withoutCalibration(List<String> set) {
    return Stream.concat(set.subList(0, CONDITION).stream(), Stream.of("")).toList();
  }

  private static Table table(String name, Map<List<String>, List<Double>> differences) {
    Conditions left = Conditions.named("model", "task", "metric");
    IntColumn pairs = IntColumn.create("pairs");
    StringColumn unit = StringColumn.create("unit");
    DoubleColumn[] numbers = NUMBERS.stream().map(Numbers::column).toArray(DoubleColumn[]::new);
    differences.forEach(
        (key, values) -> {
          left.append(key);
          pairs.append(values.size());
          unit.append(unit(key.get(2)));
          Numbers.append(numbers, tests(key.get(2), values));
        });
    List<String> metrics = differences.keySet().stream().map(key -> key.get(2)).toList();
    DoubleColumn holm =
        Numbers.column("p_t_holm", Holm.adjusted(numbers[3].asDoubleArray(), metrics));
    return left.table(name).addColumns(pairs, unit).addColumns(numbers).addColumns(holm);
  }

  /**
   * Tests paired differences, at least two.
   *
   * @param differences of scores that are {@link #scaled}
   * @return the {@link #NUMBERS}, the first three as they are {@link #shown}
   */
  static double[] tests(String metric, List<Double> differences) {
    int n = differences.size();
    double mean = Grouped.mean(differences);
    double deviation = Grouped.standardDeviation(differences);
    if (!(deviation > ROUNDING * Math.abs(mean))) {
      double[] untested = new double[NUMBERS.size()];
      Arrays.fill(untested, Double.NaN);
      untested[0] = shown(metric, mean);
      return untested;
    }
    double half =
        TDistribution.of(n - 1).inverseSurvivalProbability(0.025) * deviation / Math.sqrt(n);
    double[] values = Grouped.array(differences);
    return new double[] {
      shown(metric, mean),
      shown(metric, mean - half),
      shown(metric, mean + half),
      TTest.withDefaults().test(values).getPValue(),
      WilcoxonSignedRankTest.withDefaults().test(values).getPValue(),
      PERMUTATION.paired(values, new SplittableRandom(SEED))
    };
  }
}
