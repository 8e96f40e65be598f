package tare.report.summary;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import tare.report.Grouped;
import tare.report.figure.BitsAgainstScore;
import tare.report.figure.SparsityCurve;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/**
 * Draws a score against the bits of quantizers and the sparsity of pruners, where a study varies
 * them.
 */
final class QualityFigures {

  private static final String QUANTIZED = "bits";
  private static final String SETTING = ".*(?:pattern=[0-9.]+ of).*";
  private static final String PRUNED = ".*pattern=.*";

  private final ReportFolder out;

  QualityFigures(ReportFolder out) {
    this.out = out;
  }

  /**
   * Writes the figures that the rows support.
   *
   * @param model rows of one model, methods by their own names
   */
  void write(Table model, String task, String metric, String prefix) {
    Table means = means(model, task, metric);
    Table quantized = matching(means, PRUNED, false);
    if (varies(quantized, "bits_per_weight")) {
      out.figure(
          prefix + metric + " " + task + " by " + QUANTIZED, BitsAgainstScore.chart(quantized));
    }
    Table pruned = matching(means, SETTING, true);
    if (varies(pruned, "sparsity")) {
      out.figure(
          prefix + metric + " " + task + " by sparsity",
          SparsityCurve.chart(pruned, metric + " of " + task));
    }
  }

  /** Whether a method has two different values. */
  private static boolean varies(Table rows, String column) {
    Map<String, Set<Double>> values = new TreeMap<>();
    for (int row = 0; row < rows.rowCount(); row++) {
      if (!rows.doubleColumn(column).isMissing(row)) {
        values
            .computeIfAbsent(rows.stringColumn("method").get(row), m -> new TreeSet<>())
            .add(Math.rint(10 * rows.doubleColumn(column).getDouble(row)));
      }
    }
    return values.values().stream().anyMatch(each -> each.size() > 1);
  }

  /** Rows of the baseline, and of the recipes that match a pattern (or that do not). */
  private static Table matching(Table means, String pattern, boolean wanted) {
    StringColumn recipes = means.stringColumn("recipe");
    return means.where(
        recipes
            .eval(recipe -> recipe.matches(pattern) == wanted)
            .or(means.stringColumn("method").isEqualTo(Grouped.BASELINE)));
  }

  /** One row for each recipe: the mean over all calibration sets. */
  private static Table means(Table model, String task, String metric) {
    Table rows = Grouped.scores(model, task, metric);
    StringColumn[] names =
        Stream.of("method", "recipe", "metric")
            .map(StringColumn::create)
            .toArray(StringColumn[]::new);
    DoubleColumn bits = DoubleColumn.create("bits_per_weight");
    DoubleColumn sparsity = DoubleColumn.create("sparsity");
    DoubleColumn value = DoubleColumn.create("value");
    Map<List<String>, List<Double>> values = Grouped.values(rows, "method", "recipe", "metric");
    values.forEach(
        (key, scores) -> {
          Table of = rows.where(rows.stringColumn("recipe").isEqualTo(key.get(1)));
          for (int i = 0; i < names.length; i++) {
            names[i].append(key.get(i));
          }
          bits.append(of.doubleColumn("bits_per_weight").mean());
          sparsity.append(of.doubleColumn("sparsity").mean());
          value.append(Grouped.mean(scores));
        });
    return Table.create("means", names).addColumns(bits, sparsity, value);
  }
}
