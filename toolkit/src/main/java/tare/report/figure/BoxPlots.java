package tare.report.figure;

import java.awt.Color;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.knowm.xchart.BoxChart;
import org.knowm.xchart.BoxChartBuilder;
import org.knowm.xchart.style.BoxStyler;
import tare.report.Baseline;
import tare.report.Grouped;
import tech.tablesaw.api.Table;

/**
 * Shows how scores spread over calibration sets: median and quartiles as a box, with whiskers of
 * 1.5 times the interquartile range, or to the extreme value if that is nearer. Values beyond the
 * whiskers are crosses. If perplexities span powers of ten, the axis is logarithmic.
 */
public final class BoxPlots {

  /** With fewer values, points show more than a box (see {@link SpreadBySource}). */
  public static final int LEAST_VALUES = 5;

  private BoxPlots() {}

  /**
   * Draws one method's scores, a box for each corpus.
   *
   * @param results rows of one model and budget, with the columns of {@code results.csv}
   * @param method as in the column {@code method}
   * @throws IllegalArgumentException if a corpus has fewer than five scores
   */
  public static BoxChart bySource(Table results, String task, String metric, String method) {
    Map<List<String>, List<Double>> found =
        Grouped.values(
            Grouped.compressedRows(Grouped.scores(results, task, metric)), "method", "corpus");
    Map<String, List<Double>> boxes = new TreeMap<>();
    found.forEach(
        (key, values) -> {
          if (key.get(0).equals(method) && !key.get(1).isEmpty()) {
            boxes.put(ChartStyle.corpus(key.get(1)), values);
          }
        });
    return chart(
        "%s on %s after %s: %s".formatted(metric, task, method, extremes(boxes)),
        "calibration corpus" + uncompressed(results, task, metric),
        metric,
        boxes);
  }

  /**
   * Draws the scores of all calibration sets of all corpora, a box for each method.
   *
   * @param results rows of one model and budget, with the columns of {@code results.csv}
   * @throws IllegalArgumentException if a calibrated method has fewer than five scores
   */
  public static BoxChart pooled(Table results, String task, String metric) {
    Map<String, List<Double>> boxes = new TreeMap<>();
    Grouped.values(
            Grouped.compressedRows(Grouped.scores(results, task, metric)), "method", "corpus")
        .forEach(
            (key, values) -> {
              if (!key.get(1).isEmpty()) {
                boxes.computeIfAbsent(key.get(0), method -> new ArrayList<>()).addAll(values);
              }
            });
    return chart(
        "%s on %s: %s".formatted(metric, task, spread(boxes)),
        "method" + uncompressed(results, task, metric),
        metric,
        boxes);
  }

  /** Which box lies lowest and which highest, by their means. */
  private static String extremes(Map<String, List<Double>> boxes) {
    Comparator<String> byMean = Comparator.comparingDouble(name -> Grouped.mean(boxes.get(name)));
    return boxes.keySet().stream()
        .min(byMean)
        .map(
            low ->
                "lowest with "
                    + low
                    + ", highest with "
                    + boxes.keySet().stream().max(byMean).orElseThrow())
        .orElse("no sets");
  }

  /** After which method the sets differ most and least, from the lowest score to the highest. */
  private static String spread(Map<String, List<Double>> boxes) {
    Comparator<String> byRange = Comparator.comparingDouble(name -> range(boxes.get(name)));
    return boxes.keySet().stream()
        .max(byRange)
        .map(
            wide ->
                "sets differ most with "
                    + wide
                    + ", least with "
                    + boxes.keySet().stream().min(byRange).orElseThrow())
        .orElse("no sets");
  }

  private static double range(List<Double> scores) {
    return Collections.max(scores) - Collections.min(scores);
  }

  private static String uncompressed(Table results, String task, String metric) {
    String model = results.stringColumn("model").get(0);
    return " (uncompressed: "
        + ChartStyle.number(new Baseline(results).of(model, task, metric))
        + ")";
  }

  private static BoxChart chart(
      String title, String horizontal, String vertical, Map<String, List<Double>> boxes) {
    if (boxes.isEmpty() || boxes.values().stream().anyMatch(v -> v.size() < LEAST_VALUES)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "A box needs %d or more scores; there are %s",
              LEAST_VALUES,
              boxes.entrySet().stream()
                  .map(e -> e.getKey() + ": " + e.getValue().size())
                  .toList()));
    }
    BoxChart chart =
        new BoxChartBuilder()
            .width(760)
            .height(420)
            .title(title)
            .xAxisTitle(horizontal)
            .yAxisTitle(vertical)
            .build();
    ChartStyle.dress(chart.getStyler());
    ChartStyle.fitTitle(chart.getStyler(), title);
    chart
        .getStyler()
        .setBoxplotCalCulationMethod(BoxStyler.BoxplotCalCulationMethod.N_LESS_1_PLUS_1)
        .setBoxWidthFraction(0.5)
        .setXAxisLabelRotation(boxes.size() > 5 ? 30 : 0)
        .setLegendVisible(false);
    chart
        .getStyler()
        .setSeriesColors(
            boxes.values().stream().map(v -> ChartStyle.color(0)).toArray(Color[]::new));
    chart.setYAxisTitle(
        ChartStyle.logarithmicIfWide(
            chart.getStyler(), vertical, boxes.values().stream().flatMap(List::stream).toList()));
    boxes.forEach(chart::addSeries);
    return chart;
  }
}
