package tare.report;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/** The mean of one metric over all tasks, for each trial: the papers' mean zero-shot accuracy. */
public final class MeanOverTasks {

  private static final String[] CONDITION = {
    "model",
    "method",
    "bits",
    "group_size",
    "sparsity_pattern",
    "method_settings",
    "selector",
    "selector_label",
    "set",
    "corpus",
    "samples",
    "tokens_per_sample",
    "calibration_fingerprint"
  };

  private MeanOverTasks() {}

  /**
   * A results table with one row per trial, whose task is {@code mean of N tasks}.
   *
   * @param results rows with the columns of {@code results.csv}
   * @param metric for instance {@code acc}
   * @throws IllegalArgumentException if a trial lacks a task that another trial has, because their
   *     means would not be comparable
   */
  public static Table table(Table results, String metric) {
    return over(results, metric, metric, Grouped::mean);
  }

  /**
   * One number over all tasks, for each trial.
   *
   * @param name the number's name, which becomes the metric
   * @param number of a trial's values, one for each task
   * @throws IllegalArgumentException as {@link #table}
   */
  static Table over(
      Table results, String metric, String name, ToDoubleFunction<List<Double>> number) {
    Table rows = results.where(results.stringColumn("metric").isEqualTo(metric));
    TreeSet<String> tasks = new TreeSet<>(rows.stringColumn("task").unique().asList());
    String[] by = Stream.concat(Stream.of("trial"), Stream.of(CONDITION)).toArray(String[]::new);
    Map<List<String>, List<Double>> trials = Grouped.values(rows, by);
    StringColumn[] names = Stream.of(by).map(StringColumn::create).toArray(StringColumn[]::new);
    StringColumn task = StringColumn.create("task");
    StringColumn metrics = StringColumn.create("metric");
    DoubleColumn value = DoubleColumn.create("value");
    trials.forEach(
        (trial, values) -> {
          if (values.size() != tasks.size()) {
            throw new IllegalArgumentException(
                String.format(
                    Locale.ROOT,
                    "Trial %s has %d scores of %s, but there are %d tasks: %s.",
                    trial,
                    values.size(),
                    metric,
                    tasks.size(),
                    tasks));
          }
          for (int i = 0; i < names.length; i++) {
            names[i].append(trial.get(i));
          }
          task.append("mean of " + tasks.size() + " tasks");
          metrics.append(name);
          value.append(number.applyAsDouble(values));
        });
    return Table.create("mean over tasks", names).addColumns(task, metrics, value);
  }
}
