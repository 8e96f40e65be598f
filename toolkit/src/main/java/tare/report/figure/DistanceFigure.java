package tare.report.figure;

import java.awt.Color;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.markers.SeriesMarkers;
import tech.tablesaw.api.Row;
import tech.tablesaw.api.Table;

/** Shows how far the windows of a pool are from a task's centroid, by corpus. */
public final class DistanceFigure {

  private static final int PLOT_WIDTH = 600;

  /** Places beside each other, so that few windows hide others. */
  private static final int LANES = 7;

  private DistanceFigure() {}

  /**
   * Draws a strip for each corpus, the nearest at the left. Pale points are windows, and dark
   * diamonds are those that were chosen. The title says which corpora are the nearest and the
   * farthest by their median.
   *
   * @param windows rows with the columns {@code corpus}, {@code distance} and {@code chosen} (true
   *     or false); not empty
   * @param task name of the task
   */
  public static XYChart chart(Table windows, String task) {
    Map<String, List<Double>> all = new TreeMap<>();
    Map<String, List<Double>> chosen = new TreeMap<>();
    for (Row row : windows) {
      String corpus = row.getString("corpus");
      all.computeIfAbsent(corpus, unseen -> new ArrayList<>()).add(row.getDouble("distance"));
      if (row.getBoolean("chosen")) {
        chosen.computeIfAbsent(corpus, unseen -> new ArrayList<>()).add(row.getDouble("distance"));
      }
    }
    List<String> corpora =
        all.keySet().stream()
            .sorted(Comparator.comparingDouble((String corpus) -> median(all.get(corpus))))
            .toList();
    XYChart chart =
        ChartStyle.chart(
            "%s: windows of %s are the nearest, of %s the farthest"
                .formatted(
                    task.substring(task.lastIndexOf('/') + 1),
                    corpora.get(0),
                    corpora.get(corpora.size() - 1)),
            "corpus of the window, by the median of the distances",
            "distance to the task's centroid (lower is nearer)");
    chart.getStyler().setDefaultSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.Scatter);
    chart.getStyler().setYAxisDecimalPattern("0.0#").setMarkerSize(7);
    ChartStyle.labelColumns(chart, corpora, PLOT_WIDTH / corpora.size());
    add(chart, "windows", corpora, all, new Color(0, 114, 178, 90), false);
    add(chart, "chosen", corpora, chosen, new Color(0, 60, 100), true);
    return chart;
  }

  private static void add(
      XYChart chart,
      String name,
      List<String> corpora,
      Map<String, List<Double>> distances,
      Color color,
      boolean dark) {
    List<Double> xs = new ArrayList<>();
    List<Double> ys = new ArrayList<>();
    for (int c = 0; c < corpora.size(); c++) {
      List<Double> of = distances.getOrDefault(corpora.get(c), List.of());
      for (int i = 0; i < of.size(); i++) {
        xs.add(c + (dark ? 0.3 : 0.06 * (i % LANES - LANES / 2)));
        ys.add(of.get(i));
      }
    }
    if (!xs.isEmpty()) {
      XYSeries series = chart.addSeries(name, xs, ys);
      series.setMarker(dark ? SeriesMarkers.DIAMOND : SeriesMarkers.CIRCLE);
      series.setMarkerColor(color);
    }
  }

  private static double median(List<Double> values) {
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    return Arrays.stream(sorted, (sorted.length - 1) / 2, sorted.length / 2 + 1)
        .average()
        .orElseThrow();
  }
}
