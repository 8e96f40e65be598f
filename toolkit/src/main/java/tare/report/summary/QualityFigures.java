package tare.report.summary;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import tare.report.Grouped;
import tare.report.figure.BitsAgainstScore;
import tare.report.figure.SparsityCurve;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;
import tech.tablesaw.selection.Selection;

/**
 * Draws a score against the bits of quantizers and the sparsity of pruners, where a study varies
 * them.
 */
final class QualityFigures {

  private static final String QUANTIZED = "bits";
  private static final String SHARE = "[0-9.]+";
  private static final String PRUNED = ".+";
  private static final String[] OF_METHOD = {
    "method", "bits", "group_size", "sparsity_pattern", "method_settings", "metric"
  };

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
          prefix + metric + " " + task + " by " + QUANTIZED,
          BitsAgainstScore.chart(task, quantized));
    }
    Table pruned = matching(means, SHARE, true);
    if (varies(pruned, "sparsity")) {
      out.figure(
          prefix + metric + " " + task + " by sparsity", SparsityCurve.chart(pruned, metric, task));
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

  /** Rows of the baseline, and of the methods whose sparsity pattern matches (or does not). */
  private static Table matching(Table means, String pattern, boolean wanted) {
    return means.where(
        means
            .stringColumn("sparsity_pattern")
            .eval(text -> text.matches(pattern) == wanted)
            .or(means.stringColumn("method").isEqualTo(Grouped.BASELINE)));
  }

  /** One row for each method and its settings: the mean over all calibration sets. */
  private static Table means(Table model, String task, String metric) {
    Table rows = Grouped.scores(model, task, metric);
    StringColumn[] names =
        Stream.of(OF_METHOD).map(StringColumn::create).toArray(StringColumn[]::new);
    DoubleColumn bits = DoubleColumn.create("bits_per_weight");
    DoubleColumn sparsity = DoubleColumn.create("sparsity");
    DoubleColumn value = DoubleColumn.create("value");
    Map<List<String>, List<Double>> values = Grouped.values(rows, OF_METHOD);
    values.forEach(
        (key, scores) -> {
          Table of =
              rows.where(
                  Selection.with(
                      IntStream.range(0, rows.rowCount())
                          .filter(row -> key.equals(key(rows, row)))
                          .toArray()));
          for (int i = 0; i < names.length; i++) {
            names[i].append(key.get(i));
          }
          bits.append(of.doubleColumn("bits_per_weight").mean());
          sparsity.append(of.doubleColumn("sparsity").mean());
          value.append(Grouped.mean(scores));
        });
    return Table.create("means", names).addColumns(bits, sparsity, value);
  }

  private static List<String> key(Table rows, int row) {
    return Stream.of(OF_METHOD).map(name -> rows.column(name).getString(row)).toList();
  }
}
