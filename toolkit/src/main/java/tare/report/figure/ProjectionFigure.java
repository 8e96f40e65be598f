package tare.report.figure;

import java.awt.Color;
import java.util.List;
import java.util.Locale;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;
import tech.tablesaw.api.Table;

/** Shows candidates, chosen samples and centroids of tasks in a plane. */
public final class ProjectionFigure {

  private ProjectionFigure() {}

  /**
   * Draws points with one colour for each corpus. Pale points are candidates and dark diamonds are
   * chosen samples. Black marks are the centroids of tasks, with a shape for each.
   *
   * @param points rows with the columns {@code kind} (candidate, chosen, centroid), {@code label},
   *     {@code x} and {@code y}
   * @param first share of the variance along the first axis, 0 to 1
   * @param second the same for the second
   */
  public static XYChart chart(Table points, double first, double second) {
    XYChart chart =
        ChartStyle.chart(
            String.format(
                Locale.ROOT,
                "This plane holds %.0f %% of the differences between the windows' statistics",
                100 * (first + second)),
            String.format(Locale.ROOT, "first component (%.0f %% of the variance)", 100 * first),
            String.format(Locale.ROOT, "second component (%.0f %% of the variance)", 100 * second));
    chart.getStyler().setDefaultSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.Scatter);
    chart.getStyler().setMarkerSize(6);
    List<String> corpora =
        points
            .where(points.stringColumn("kind").isNotEqualTo("centroid"))
            .stringColumn("label")
            .unique()
            .asList()
            .stream()
            .sorted()
            .toList();
    for (String kind : List.of("candidate", "chosen")) {
      for (int c = 0; c < corpora.size(); c++) {
        Color color = ChartStyle.color(c);
        boolean chosen = kind.equals("chosen");
        add(
            chart,
            rows(points, kind, corpora.get(c)),
            chosen ? corpora.get(c) + ", chosen" : corpora.get(c),
            chosen
                ? color.darker()
                : new Color(color.getRed(), color.getGreen(), color.getBlue(), 60),
            chosen ? SeriesMarkers.DIAMOND : SeriesMarkers.CIRCLE);
      }
    }
    Table centroids = points.where(points.stringColumn("kind").isEqualTo("centroid"));
    List<String> tasks = centroids.stringColumn("label").unique().asList();
    for (int t = 0; t < tasks.size(); t++) {
      String task = tasks.get(t);
      add(
          chart,
          rows(points, "centroid", task),
          "centroid of " + task.substring(task.lastIndexOf('/') + 1),
          Color.BLACK,
          ChartStyle.marker(t));
    }
    return chart;
  }

  private static Table rows(Table points, String kind, String label) {
    return points.where(
        points
            .stringColumn("kind")
            .isEqualTo(kind)
            .and(points.stringColumn("label").isEqualTo(label)));
  }

  private static void add(XYChart chart, Table rows, String name, Color color, Marker marker) {
    if (rows.isEmpty()) {
      return;
    }
    XYSeries series =
        chart.addSeries(
            name, rows.doubleColumn("x").asDoubleArray(), rows.doubleColumn("y").asDoubleArray());
    series.setMarker(marker);
    series.setMarkerColor(color);
  }
}
