package tare.report.figure;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.knowm.xchart.XYChart;
import tare.report.Grouped;
import tech.tablesaw.api.NumericColumn;
import tech.tablesaw.api.Table;

/** Draws one line for each value of a column, from any table. */
public final class Curves {

  private Curves() {}

  /**
   * A figure with linear axes, which {@code chart.getStyler()} can make logarithmic.
   *
   * @param rows any table
   * @param series the column whose values are the lines, in the order of their first rows
   * @param x a column of numbers; each line runs from its least to its largest
   * @param y a column of numbers; averaged where several rows have the same line and x
   * @param title title of the figure
   * @throws IllegalArgumentException if there are no rows
   */
  public static XYChart chart(Table rows, String series, String x, String y, String title) {
    if (rows.isEmpty()) {
      throw new IllegalArgumentException("There are no rows to draw.");
    }
    NumericColumn<?> across = rows.numberColumn(x);
    NumericColumn<?> up = rows.numberColumn(y);
    Map<String, Map<Double, List<Double>>> lines = new LinkedHashMap<>();
    for (int row = 0; row < rows.rowCount(); row++) {
      lines
          .computeIfAbsent(rows.column(series).getString(row), name -> new TreeMap<>())
          .computeIfAbsent(across.getDouble(row), point -> new ArrayList<>())
          .add(up.getDouble(row));
    }
    XYChart chart = ChartStyle.chart(title, x.replace('_', ' '), y.replace('_', ' '));
    lines.forEach(
        (name, points) ->
            ChartStyle.line(
                chart,
                name,
                List.copyOf(points.keySet()),
                points.values().stream().map(Grouped::mean).toList()));
    return chart;
  }
}
