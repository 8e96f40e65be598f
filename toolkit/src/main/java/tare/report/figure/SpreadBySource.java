package tare.report.figure;

import java.awt.BasicStroke;
import java.awt.Color;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.markers.SeriesMarkers;
import tare.report.Baseline;
import tare.report.Grouped;
import tare.report.Holm;
import tare.report.SourceVariance;
import tech.tablesaw.api.Table;

/**
 * Shows the scores of single calibration sets, by corpus and method, with each method's mean ± one
 * standard deviation beside them.
 *
 * <pre>{@code
 * Table results = Results.of("sensitivity-tiny").table();
 * XYChart chart = SpreadBySource.chart(results, "code", "perplexity");
 * show(chart);
 * }</pre>
 *
 * <p>A line marks the uncompressed model's score. With ten sets or fewer, points show more than a
 * box.
 */
public final class SpreadBySource {

  private static final BasicStroke DASHED =
      new BasicStroke(
          1.5f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 1f, new float[] {6f, 4f}, 0f);

  private static final double LEVEL = 0.05;

  private static final int PLOT_WIDTH = 600;

  /** Plot width with the legend at the side. */
  private static final int NARROW_PLOT_WIDTH = 400;

  /** A corpus's name needs this many pixels to be written horizontally. */
  private static final int LEVEL_LABEL = 85;

  /** Number of methods that fit side by side in a legend below the figure. */
  private static final int IN_ONE_LINE = 3;

  private SpreadBySource() {}

  /**
   * Draws a figure of one task and metric.
   *
   * @param results rows of one model, with the columns of {@code results.csv}, baseline rows
   *     included
   * @param task for instance {@code social_iqa}
   * @param metric for instance {@code acc}
   * @throws IllegalArgumentException if the rows hold several models, no score of this task and
   *     metric, or no baseline
   */
  public static XYChart chart(Table results, String task, String metric) {
    Table rows = Grouped.scores(results, task, metric);
    List<String> models = rows.stringColumn("model").unique().asList();
    if (models.size() != 1) {
      throw new IllegalArgumentException(
          "This figure shows one model's scores of %s, %s; the table has %s."
              .formatted(task, metric, models.isEmpty() ? "none" : models));
    }
    Map<List<String>, List<Double>> scores =
        Grouped.values(Grouped.compressedRows(rows), "method", "corpus");
    List<String> corpora = names(scores, 1);
    XYChart chart =
        ChartStyle.chart(
            task + ": " + finding(rows), "calibration corpus, " + shortName(models.get(0)), metric);
    List<String> methods = names(scores, 0);
    if (methods.size() <= IN_ONE_LINE) {
      chart
          .getStyler()
          .setLegendPosition(Styler.LegendPosition.OutsideS)
          .setLegendLayout(Styler.LegendLayout.Horizontal);
    }
    int spacing = (methods.size() <= IN_ONE_LINE ? PLOT_WIDTH : NARROW_PLOT_WIDTH) / corpora.size();
    ChartStyle.labelColumns(chart, corpora.stream().map(ChartStyle::corpus).toList(), spacing);
    chart.getStyler().setXAxisLabelRotation(spacing < LEVEL_LABEL ? 30 : 0);
    chart.setYAxisTitle(
        ChartStyle.logarithmicIfWide(
            chart.getStyler(), metric, scores.values().stream().flatMap(List::stream).toList()));
    List<String> calibrated =
        methods.stream()
            .filter(m -> corpora.stream().anyMatch(c -> scores.containsKey(List.of(m, c))))
            .toList();
    Map<String, Integer> places = ChartStyle.places(methods);
    for (String method : methods) {
      double place = calibrated.indexOf(method) - (calibrated.size() - 1) / 2.0;
      double offset = place * 0.7 / Math.max(1, calibrated.size());
      addMethod(chart, scores, method, corpora, offset, ChartStyle.color(places.get(method)));
    }
    double baseline = new Baseline(rows).of(models.get(0), task, metric);
    addLine(chart, "uncompressed", baseline, corpora.size(), Color.DARK_GRAY);
    return chart;
  }

  /**
   * What the figure shows of sources beyond the draw: the method that they move most, of those
   * whose analysis of variance holds after Holm's correction.
   */
  private static String finding(Table rows) {
    Table tested = SourceVariance.table(rows);
    if (tested.isEmpty()) {
      return "one set of each source";
    }
    double[] p = Holm.adjusted(tested.doubleColumn("p").asDoubleArray());
    return IntStream.range(0, p.length)
        .filter(row -> p[row] < LEVEL)
        .boxed()
        .max(Comparator.comparingDouble(row -> tested.doubleColumn("std_between").get(row)))
        .map(row -> moved(rows, tested.stringColumn("method").get(row)))
        .orElse("sources cannot be told apart from draws");
  }

  private static String moved(Table rows, String method) {
    Map<Double, String> means = new TreeMap<>();
    Grouped.values(Grouped.compressedRows(rows), "method", "corpus")
        .forEach(
            (key, values) -> {
              if (key.get(0).equals(method)) {
                means.put(Grouped.mean(values), ChartStyle.corpus(key.get(1)));
              }
            });
    List<String> sources = List.copyOf(means.values());
    return "%s moves most, lowest with %s, highest with %s"
        .formatted(method, sources.get(0), sources.get(sources.size() - 1));
  }

  /** The last part of a path. */
  private static String shortName(String model) {
    return model.substring(model.lastIndexOf('/') + 1);
  }

  private static List<String> names(Map<List<String>, List<Double>> scores, int part) {
    TreeSet<String> names = new TreeSet<>();
    scores.keySet().forEach(key -> names.add(key.get(part)));
    names.remove("");
    return List.copyOf(names);
  }

  private static void addMethod(
      XYChart chart,
      Map<List<String>, List<Double>> scores,
      String method,
      List<String> corpora,
      double offset,
      Color color) {
    List<Double> xs = new ArrayList<>();
    List<Double> ys = new ArrayList<>();
    List<Double> centres = new ArrayList<>();
    List<Double> means = new ArrayList<>();
    List<Double> deviations = new ArrayList<>();
    for (int c = 0; c < corpora.size(); c++) {
      List<Double> values = scores.getOrDefault(List.of(method, corpora.get(c)), List.of());
      xs.addAll(Collections.nCopies(values.size(), c + offset - 0.04));
      ys.addAll(values);
      if (!values.isEmpty()) {
        centres.add(c + offset + 0.04);
        means.add(Grouped.mean(values));
        deviations.add(values.size() < 2 ? 0 : Grouped.standardDeviation(values));
      }
    }
    List<Double> uncalibrated = scores.getOrDefault(List.of(method, ""), List.of());
    if (!uncalibrated.isEmpty()) {
      addLine(
          chart, method + " (no calibration)", Grouped.mean(uncalibrated), corpora.size(), color);
    }
    if (xs.isEmpty()) {
      return;
    }
    XYSeries points = chart.addSeries(method + ", sets", xs, ys);
    points.setXYSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.Scatter);
    points.setMarker(SeriesMarkers.CIRCLE);
    points.setMarkerColor(new Color(color.getRed(), color.getGreen(), color.getBlue(), 110));
    points.setShowInLegend(false);
    XYSeries mean = chart.addSeries(method + ", mean ± std", centres, means, deviations);
    mean.setXYSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.Scatter);
    mean.setMarker(SeriesMarkers.DIAMOND);
    mean.setMarkerColor(color);
    chart.getStyler().setErrorBarsColorSeriesColor(true);
    mean.setLineColor(color);
  }

  private static void addLine(XYChart chart, String name, double y, int corpora, Color color) {
    XYSeries line = chart.addSeries(name, new double[] {-0.5, corpora - 0.5}, new double[] {y, y});
    line.setMarker(SeriesMarkers.NONE);
    line.setLineStyle(DASHED);
    line.setLineColor(color);
  }
}
