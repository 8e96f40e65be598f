package tare.report.figure;

import java.awt.Color;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.markers.SeriesMarkers;
import tare.report.Grouped;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/** Shows a score by sparsity, with one line for each method. */
public final class SparsityCurve {

  private SparsityCurve() {}

  /**
   * Draws a figure of one task and metric. Scores are averaged where several rows have the same
   * method and sparsity. The vertical axis is logarithmic. The title says which method is best at
   * the highest sparsity.
   *
   * @param scores rows with the columns {@code method}, {@code sparsity} (a fraction) and {@code
   *     value}; rows of the method {@code none} are the uncompressed model's
   * @param metric the metric, such as {@code perplexity}
   * @param text names the text or task in the title, for instance {@code held-back news}
   * @throws IllegalArgumentException if no row has a method and a sparsity
   */
  public static XYChart chart(Table scores, String metric, String text) {
    StringColumn methods = scores.stringColumn("method");
    DoubleColumn sparsity = scores.doubleColumn("sparsity");
    DoubleColumn values = scores.doubleColumn("value");
    Map<String, Map<Double, List<Double>>> lines = new TreeMap<>();
    List<Double> uncompressed = new ArrayList<>();
    double most = 0;
    for (int row = 0; row < scores.rowCount(); row++) {
      if (methods.get(row).equals(Grouped.BASELINE)) {
        uncompressed.add(values.getDouble(row));
      } else if (!sparsity.isMissing(row)) {
        most = Math.max(most, sparsity.getDouble(row));
        lines
            .computeIfAbsent(methods.get(row), method -> new TreeMap<>())
            .computeIfAbsent(sparsity.getDouble(row), share -> new ArrayList<>())
            .add(values.getDouble(row));
      }
    }
    if (lines.isEmpty()) {
      throw new IllegalArgumentException("No row has a method and a sparsity.");
    }
    XYChart chart =
        ChartStyle.chart(
            finding(lines, most, metric, text),
            "sparsity: share of zero weights",
            ChartStyle.axis(metric, ", log scale"));
    ChartStyle.logarithmic(chart.getStyler(), Grouped.means(lines.values()));
    chart.getStyler().setYAxisDecimalPattern("0.#").setMarkerSize(7);
    Map<String, Integer> places = ChartStyle.places(lines.keySet());
    lines.forEach(
        (method, points) ->
            ChartStyle.line(
                chart,
                method,
                List.copyOf(points.keySet()),
                points.values().stream().map(Grouped::mean).toList(),
                ChartStyle.color(places.get(method))));
    if (!uncompressed.isEmpty()) {
      double y = Grouped.mean(uncompressed);
      XYSeries line = chart.addSeries("uncompressed", new double[] {0, most}, new double[] {y, y});
      line.setMarker(SeriesMarkers.NONE);
      line.setLineColor(Color.DARK_GRAY);
    }
    return chart;
  }

  private static String finding(
      Map<String, Map<Double, List<Double>>> lines, double most, String metric, String text) {
    Map<String, Double> last = new TreeMap<>();
    lines.forEach(
        (method, points) ->
            points.forEach(
                (sparsity, values) -> {
                  if (Math.round(100 * sparsity) == Math.round(100 * most)) { // but for rounding
                    last.put(method, Grouped.mean(values));
                  }
                }));
    boolean isHigher = ChartStyle.isHigherBetter(metric);
    if (last.size() < 2 || !(isHigher || ChartStyle.isLowerBetter(metric))) {
      return text + " by sparsity";
    }
    return String.format(
        Locale.ROOT,
        "%s: %s is best at %.0f %% sparsity",
        text,
        Collections.min(
                last.entrySet(),
                isHigher
                    ? Map.Entry.<String, Double>comparingByValue().reversed()
                    : Map.Entry.comparingByValue())
            .getKey(),
        100 * most);
  }
}
