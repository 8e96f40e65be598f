package tare.report.figure;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
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
    XYChart chart = ChartStyle.chart(title, x.replace('_', ' '), y.replace('_', ' '));
    lines(rows, series, x, y)
        .forEach(
            (name, points) ->
                ChartStyle.line(chart, name, List.copyOf(points.keySet()), means(points)));
    return chart;
  }

  /**
   * The same figure with a bar at each point: one standard deviation of the sample to either side.
   * A point of a single row has none. Methods have the colours that they have in other figures.
   *
   * @param rows any table
   * @param series the column whose values are the lines, in the order of their first rows
   * @param x a column of numbers
   * @param y a column of numbers
   * @param title title of the figure
   * @throws IllegalArgumentException if there are no rows
   */
  public static XYChart withSpread(Table rows, String series, String x, String y, String title) {
    Map<String, Map<Double, List<Double>>> lines = lines(rows, series, x, y);
    XYChart chart = ChartStyle.chart(title, x.replace('_', ' '), y.replace('_', ' '));
    chart.getStyler().setErrorBarsColorSeriesColor(true).setMarkerSize(7);
    Map<String, Integer> places = ChartStyle.places(lines.keySet());
    lines.forEach(
        (name, points) -> {
          XYSeries line =
              chart.addSeries(
                  name,
                  List.copyOf(points.keySet()),
                  means(points),
                  points.values().stream().map(Curves::deviation).toList());
          line.setLineColor(ChartStyle.color(places.get(name)));
          line.setMarkerColor(ChartStyle.color(places.get(name)));
          line.setMarker(ChartStyle.marker(places.get(name)));
        });
    return chart;
  }

  /** The values at each point of each line. */
  private static Map<String, Map<Double, List<Double>>> lines(
      Table rows, String series, String x, String y) {
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
    return lines;
  }

  private static List<Double> means(Map<Double, List<Double>> points) {
    return points.values().stream().map(Grouped::mean).toList();
  }

  private static double deviation(List<Double> values) {
    return values.size() < 2 ? 0 : Grouped.standardDeviation(values);
  }
}
