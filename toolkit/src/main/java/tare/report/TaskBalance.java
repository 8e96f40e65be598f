package tare.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.Row;
import tech.tablesaw.api.Table;

/**
 * Measures whether compression costs all tasks alike or some much more than others. Let a_k be the
 * compressed model's accuracy on task k, and b_k the uncompressed model's. For each calibration
 * set, the table has the standard deviation of a_k − b_k over the tasks, its least value, the least
 * a_k / b_k over their mean, and their geometric mean. Reported values are means over the sets.
 */
public final class TaskBalance {

  private static final String[] TRIAL = {
    "model", "method", "corpus", "samples", "tokens_per_sample", "calibration_fingerprint"
  };
  private static final int CONDITION = 5;
  private static final double DIGITS = 1e12; // kept, so that changes that cancel are zero

  private TaskBalance() {}

  /**
   * The table without a correction for guessing.
   *
   * @param results rows with the columns of {@code results.csv}, baseline rows included
   * @param metric for instance {@code acc}
   */
  public static Table table(Table results, String metric) {
    return table(results, metric, Map.of());
  }

  /**
   * Columns: model, budget (only where they vary), method, corpus; {@code sets}, {@code tasks},
   * {@code mean} (of a_k), {@code mean_change}, {@code std_change} (of the sample), {@code
   * worst_change}, {@code min_over_mean_ratio}, {@code geometric_mean_ratio}. The ratios are
   * missing where a score is not above chance.
   *
   * @param chance accuracy of a random guess by task, 0 if missing; it is subtracted from a_k and
   *     b_k in the ratios
   * @throws IllegalArgumentException if a baseline row is missing, or a trial has fewer than two
   *     tasks or other tasks than the rest
   */
  public static Table table(Table results, String metric, Map<String, Double> chance) {
    Baseline baseline = new Baseline(results);
    Table rows = Grouped.compressedRows(results);
    rows = rows.where(rows.stringColumn("metric").isEqualTo(metric));
    Map<List<String>, Map<String, Double>> trials = trials(rows);
    Map<List<String>, List<double[]>> conditions = new TreeMap<>(Grouped.inOrder());
    int tasks = trials.values().stream().mapToInt(Map::size).max().orElse(0);
    trials.forEach(
        (trial, scores) -> {
          if (scores.size() != tasks || tasks < 2) {
            throw new IllegalArgumentException(
                "Balance needs two or more tasks, the same for every trial; %s has %s."
                    .formatted(trial, scores.keySet()));
          }
          conditions
              .computeIfAbsent(trial.subList(0, CONDITION), unseen -> new ArrayList<>())
              .add(balance(trial.get(0), scores, metric, baseline, chance));
        });
    return table(conditions, tasks);
  }

  /**
   * The standard deviation of a_k − b_k over the tasks for each trial, as rows of a results table
   * with the metric {@code std_change}, such as {@link SelectorGain} compares.
   *
   * @param results rows with the columns of {@code results.csv}, baseline rows included
   * @param metric for instance {@code acc}
   * @throws IllegalArgumentException if a baseline row is missing, or a trial lacks a task that
   *     another has
   */
  public static Table spread(Table results, String metric) {
    Baseline baseline = new Baseline(results);
    Table rows = Grouped.compressedRows(results);
    Table changes = rows.where(rows.stringColumn("metric").isEqualTo(metric));
    DoubleColumn values = changes.doubleColumn("value");
    for (Row row : changes) {
      double before = baseline.of(row.getString("model"), row.getString("task"), metric);
      values.set(row.getRowNumber(), row.getDouble("value") - before);
    }
    return MeanOverTasks.over(changes, metric, "std_change", Grouped::standardDeviation);
  }

  private static Map<List<String>, Map<String, Double>> trials(Table rows) {
    String[] by = Stream.concat(Stream.of(TRIAL), Stream.of("task")).toArray(String[]::new);
    Map<List<String>, Map<String, Double>> trials = new LinkedHashMap<>();
    Grouped.values(rows, by)
        .forEach(
            (key, values) ->
                trials
                    .computeIfAbsent(key.subList(0, TRIAL.length), unseen -> new LinkedHashMap<>())
                    .put(key.get(TRIAL.length), Grouped.mean(values)));
    return trials;
  }

  private static double[] balance(
      String model,
      Map<String, Double> scores,
      String metric,
      Baseline baseline,
      Map<String, Double> chance) {
    List<Double> changes = new ArrayList<>();
    List<Double> ratios = new ArrayList<>();
    scores.forEach(
        (task, score) -> {
          double before = baseline.of(model, task, metric);
          double blind = chance.getOrDefault(task, 0.0);
          changes.add(score - before);
          ratios.add(
              score > blind && before > blind ? (score - blind) / (before - blind) : Double.NaN);
        });
    double[] ratio = Grouped.array(ratios);
    double geometric = Math.exp(Arrays.stream(ratio).map(Math::log).average().orElseThrow());
    return new double[] {
      Grouped.mean(List.copyOf(scores.values())),
      Grouped.mean(changes),
      Grouped.standardDeviation(changes),
      changes.stream().mapToDouble(Double::doubleValue).min().orElseThrow(),
      DoubleStream.of(ratio).min().orElseThrow() / Grouped.mean(ratios),
      geometric
    };
  }

  private static Table table(Map<List<String>, List<double[]>> conditions, int tasks) {
    Conditions left = Conditions.named(Arrays.copyOf(TRIAL, CONDITION));
    IntColumn sets = IntColumn.create("sets");
    IntColumn counts = IntColumn.create("tasks");
    DoubleColumn[] numbers =
        Stream.of(
                "mean",
                "mean_change",
                "std_change",
                "worst_change",
                "min_over_mean_ratio",
                "geometric_mean_ratio")
            .map(Numbers::column)
            .toArray(DoubleColumn[]::new);
    conditions.forEach(
        (condition, balances) -> {
          left.append(condition);
          sets.append(balances.size());
          counts.append(tasks);
          double[] means = new double[numbers.length];
          for (int i = 0; i < means.length; i++) {
            int at = i;
            double mean = balances.stream().mapToDouble(each -> each[at]).average().orElseThrow();
            means[i] = Math.rint(mean * DIGITS) / DIGITS;
          }
          Numbers.append(numbers, means);
        });
    return left.table("balance over tasks").addColumns(sets, counts).addColumns(numbers);
  }
}
