package tare.report.figure;

import java.awt.Color;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.markers.SeriesMarkers;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/** Shows the scores of a few models, before and after compression. */
public final class BeforeAndAfter {

  private static final int WIDTH = 380;
  private static final int FRAME_HEIGHT = 110;
  private static final int LINE_HEIGHT = 34;

  private BeforeAndAfter() {}

  /**
   * Draws one small figure for each task and metric. A model is a point with its standard error on
   * both sides.
   *
   * @param title what the figure shows
   * @param scores rows with the columns {@code model}, {@code task}, {@code metric}, {@code value}
   *     and {@code standard_error}; the first model comes first
   * @throws IllegalArgumentException if there are no rows
   */
  public static SmallMultiples chart(String title, Table scores) {
    List<XYChart> panels = new ArrayList<>();
    List<String> models = new ArrayList<>(inOrder(scores, "model"));
    Collections.reverse(models); // the first row of a chart is at the bottom
    for (String task : inOrder(scores, "task")) {
      Table ofTask = scores.where(scores.stringColumn("task").isEqualTo(task));
      for (String metric : inOrder(ofTask, "metric")) {
        Table rows = ofTask.where(ofTask.stringColumn("metric").isEqualTo(metric));
        panels.add(panel(task, metric, models, rows));
      }
    }
    if (panels.isEmpty()) {
      throw new IllegalArgumentException("There are no scores to draw.");
    }
    return new SmallMultiples(title, Map.of(), panels, Math.min(2, panels.size()));
  }

  private static Set<String> inOrder(Table scores, String column) {
    return new LinkedHashSet<>(scores.stringColumn(column).asList());
  }

  private static XYChart panel(String task, String metric, List<String> models, Table rows) {
    XYChart panel =
        ChartStyle.panel(
            task,
            ChartStyle.axis(metric, ""),
            "",
            WIDTH,
            FRAME_HEIGHT + LINE_HEIGHT * models.size());
    ChartStyle.labelRows(panel, models, LINE_HEIGHT);
    panel.getStyler().setXAxisDecimalPattern("0.##").setMarkerSize(8);
    StringColumn names = rows.stringColumn("model");
    DoubleColumn values = rows.doubleColumn("value");
    DoubleColumn errors = rows.doubleColumn("standard_error");
    for (int row = 0; row < rows.rowCount(); row++) {
      double y = models.indexOf(names.get(row));
      double x = values.getDouble(row);
      if (!errors.isMissing(row)) {
        double error = errors.getDouble(row);
        XYSeries interval =
            panel.addSeries(
                names.get(row) + " ± standard error",
                new double[] {x - error, x + error},
                new double[] {y, y});
        interval.setMarker(SeriesMarkers.NONE);
        interval.setLineColor(ChartStyle.color(0));
      }
      XYSeries point = panel.addSeries(names.get(row), new double[] {x}, new double[] {y});
      point.setMarker(SeriesMarkers.CIRCLE);
      point.setMarkerColor(row == 0 ? Color.DARK_GRAY : ChartStyle.color(0));
    }
    return panel;
  }
}
