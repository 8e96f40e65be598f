package tare.report.figure;

import java.awt.Color;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.markers.SeriesMarkers;
import tare.report.Grouped;
import tare.report.MeanOverTasks;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/**
 * Shows whether a better perplexity means better answers, with one point for each compressed model.
 */
public final class PerplexityAgainstAccuracy {

  private PerplexityAgainstAccuracy() {}

  /**
   * Draws the perplexity of one text against the mean accuracy over all tasks. The horizontal axis
   * is logarithmic. The title has Spearman's rank correlation over the compressed models.
   *
   * @param results rows of one model, with the columns of {@code results.csv}
   * @param text a task whose metric is {@code perplexity}
   * @throws IllegalArgumentException if no trial has both
   */
  public static XYChart chart(Table results, String text) {
    Map<String, Double> perplexities = new TreeMap<>();
    Table texts = Grouped.scores(results, text, "perplexity");
    for (int row = 0; row < texts.rowCount(); row++) {
      perplexities.put(
          texts.stringColumn("trial").get(row), texts.doubleColumn("value").getDouble(row));
    }
    Table accuracy = MeanOverTasks.table(results, "acc");
    Map<String, List<List<Double>>> methods = new TreeMap<>();
    StringColumn trials = accuracy.stringColumn("trial");
    DoubleColumn values = accuracy.doubleColumn("value");
    for (int row = 0; row < accuracy.rowCount(); row++) {
      Double perplexity = perplexities.get(trials.get(row));
      if (perplexity != null) {
        List<List<Double>> points =
            methods.computeIfAbsent(
                accuracy.stringColumn("method").get(row),
                m -> List.of(new ArrayList<>(), new ArrayList<>()));
        points.get(0).add(perplexity);
        points.get(1).add(values.getDouble(row));
      }
    }
    if (methods.isEmpty()) {
      throw new IllegalArgumentException(
          "No trial has both a perplexity of " + text + " and an accuracy.");
    }
    String task = accuracy.stringColumn("task").get(0);
    XYChart chart =
        ChartStyle.chart(
            finding(methods),
            "perplexity of " + text + " (left is better, log scale)",
            "accuracy, " + task + " (higher is better)");
    chart
        .getStyler()
        .setDefaultSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.Scatter)
        .setXAxisLogarithmic(true)
        .setXAxisLogarithmicDecadeOnly(ChartStyle.spansDecades(perplexities.values()))
        .setXAxisDecimalPattern("0.#")
        .setYAxisDecimalPattern("0.00#")
        .setMarkerSize(7);
    Map<String, Integer> places = ChartStyle.places(methods.keySet());
    for (Map.Entry<String, List<List<Double>>> method : methods.entrySet()) {
      boolean baseline = method.getKey().equals(Grouped.BASELINE);
      XYSeries series =
          chart.addSeries(
              baseline ? "uncompressed" : method.getKey(),
              method.getValue().get(0),
              method.getValue().get(1));
      int place = places.get(method.getKey());
      series.setMarker(baseline ? SeriesMarkers.DIAMOND : ChartStyle.marker(place));
      series.setMarkerColor(baseline ? Color.BLACK : ChartStyle.color(place));
    }
    return chart;
  }

  private static String finding(Map<String, List<List<Double>>> methods) {
    DoubleColumn perplexity = DoubleColumn.create("perplexity");
    DoubleColumn accuracy = DoubleColumn.create("accuracy");
    methods.forEach(
        (method, points) -> {
          if (!method.equals(Grouped.BASELINE)) {
            points.get(0).forEach(perplexity::append);
            points.get(1).forEach(accuracy::append);
          }
        });
    double correlation = perplexity.size() < 3 ? Double.NaN : perplexity.spearmans(accuracy);
    return Double.isNaN(correlation) // also if all accuracies are equal
        ? "Perplexity against accuracy"
        : String.format(
            Locale.ROOT,
            "Rank correlation of perplexity and accuracy: %.2f over %d compressed models",
            correlation,
            perplexity.size());
  }
}
