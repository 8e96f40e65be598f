package tare.report;

import java.util.Comparator;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import tare.study.TrialFiles;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;
import tech.tablesaw.selection.Selection;

/**
 * Compares methods with a control that uses no calibration text, such as rounding or magnitude
 * pruning. Perplexities are compared on the same windows of text.
 */
public final class AgainstControl {

  private static final int DRAWS = 10_000;

  private AgainstControl() {}

  /**
   * Compares each row with the control's row of the same model and task that has the nearest number
   * of bits per weight. Columns: {@code model}, {@code method}, {@code task}, {@code
   * bits_per_weight}, {@code perplexity}, {@code control}, {@code ratio} (perplexity / the
   * control's), {@code low} and {@code high}: the ratio's 95 % interval by the paired bootstrap
   * over windows, {@link SameItems#bootstrap}. The interval covers windows of text only, not the
   * variation between calibration sets.
   *
   * @param results rows of one study with the columns of {@code results.csv}; only perplexity rows
   *     are used
   * @param items the results of the study, with the items of its trials
   * @param control the control's method, for instance {@code rtn}
   * @throws IllegalArgumentException if a row has no control, or items are missing
   */
  public static Table table(Table results, TrialFiles items, String control) {
    Table rows =
        results.where(
            results
                .stringColumn("metric")
                .isEqualTo("perplexity")
                .and(results.stringColumn("method").isNotEqualTo(Grouped.BASELINE)));
    Table named = ShortNames.methods(rows);
    StringColumn controls = StringColumn.create("control");
    DoubleColumn ratio = Numbers.column("ratio");
    DoubleColumn low = Numbers.column("low");
    DoubleColumn high = Numbers.column("high");
    Selection others = rows.stringColumn("method").isNotEqualTo(control);
    for (int row : others) {
      int beside = beside(rows, row, control);
      String task = rows.stringColumn("task").get(row);
      SameItems windows =
          SameItems.of(items(rows, items, row, task), items(rows, items, beside, task), task);
      SameItems.Interval interval = windows.bootstrap(DRAWS, random(rows, row));
      controls.append(named.stringColumn("method").get(beside));
      ratio.append(Math.exp(windows.difference()));
      low.append(Math.exp(interval.low()));
      high.append(Math.exp(interval.high()));
    }
    Table against =
        named
            .where(others)
            .selectColumns("model", "method", "task", "bits_per_weight", "value")
            .addColumns(controls, ratio, low, high);
    against.column("value").setName("perplexity");
    return against.setName("against " + control);
  }

  /** Seeded by what the row is, not by where it stands: its interval is the same in any order. */
  private static SplittableRandom random(Table rows, int row) {
    return new SplittableRandom(
        (rows.stringColumn("trial").get(row) + " " + rows.stringColumn("task").get(row))
            .hashCode());
  }

  /** The control's row to compare with a row. */
  private static int beside(Table rows, int row, String control) {
    DoubleColumn bits = rows.doubleColumn("bits_per_weight");
    return IntStream.range(0, rows.rowCount())
        .filter(other -> rows.stringColumn("method").get(other).equals(control))
        .filter(other -> same(rows, "model", row, other) && same(rows, "task", row, other))
        .boxed()
        .min(
            Comparator.comparingDouble(
                other -> Math.abs(bits.getDouble(other) - bits.getDouble(row))))
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "No row of %s can be compared with %s, %s, %s. Keep the control among the rows."
                        .formatted(
                            control,
                            rows.stringColumn("model").get(row),
                            rows.stringColumn("method").get(row),
                            rows.stringColumn("task").get(row))));
  }

  private static boolean same(Table rows, String column, int row, int other) {
    return rows.stringColumn(column).get(row).equals(rows.stringColumn(column).get(other));
  }

  private static Map<String, Double> items(Table rows, TrialFiles items, int row, String task) {
    return SameItems.values(items, rows.stringColumn("trial").get(row), task, "nll");
  }
}
