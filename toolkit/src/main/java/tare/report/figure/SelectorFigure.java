package tare.report.figure;

import java.awt.Color;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.lines.SeriesLines;
import org.knowm.xchart.style.markers.SeriesMarkers;
import tare.report.DomainMatching;
import tare.report.PoolGain;
import tare.report.SelectorGain;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.Row;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/** Shows differences to a reference, such as a random draw, with 95 % intervals, by method. */
public final class SelectorFigure {

  private static final int LINE_HEIGHT = 34;
  private static final int FRAME_HEIGHT = 150;

  private SelectorFigure() {}

  /**
   * Draws one line for each selector. A point is the mean of the paired differences, and the line
   * at zero is the random draw.
   *
   * @param gains a table of {@link SelectorGain}, of one model, corpus, budget, task and metric
   * @param title names the score
   * @throws IllegalArgumentException if the table is empty
   */
  public static XYChart chart(Table gains, String title) {
    return chart(gains, "selector", "random draw", "a random draw", title);
  }

  /**
   * Draws one line for each calibration pool. The line at zero is the pool that the others are
   * compared with.
   *
   * @param gains a table of {@link PoolGain}, of one model, budget, task and metric
   * @param reference the pool that the others are compared with
   * @param title names the score
   * @throws IllegalArgumentException if the table is empty
   */
  public static XYChart pools(Table gains, String reference, String title) {
    return chart(gains, "corpus", reference, reference, title);
  }

  /**
   * Draws one line for each evaluated domain, with a point for each method: by how many per cent
   * perplexity is lower with sets of that domain than with sets of the other domains. The title
   * says which methods gain most and least.
   *
   * @param matching a table of {@link DomainMatching}
   * @param model goes before the finding in the title
   * @throws IllegalArgumentException if the table is empty
   */
  public static XYChart matching(Table matching, String model) {
    Table drawn = matching.copy();
    drawn.column("difference").setName("mean_difference");
    drawn.addColumns(StringColumn.create("unit", Collections.nCopies(drawn.rowCount(), "%")));
    XYChart chart = chart(drawn, "task", "other domains", "sets of other domains", "");
    Table means = DomainMatching.overTasks(matching).sortOn("mean_difference");
    Row least = means.row(0);
    Row most = means.row(means.rowCount() - 1);
    String first =
        String.format(
            Locale.ROOT,
            "%s: matching helps %s most (%.1f %%)",
            model,
            most.getString("method"),
            most.getDouble("mean_difference"));
    String last =
        String.format(
            Locale.ROOT,
            ", %s least (%.1f %%)",
            least.getString("method"),
            least.getDouble("mean_difference"));
    chart.setTitle(means.rowCount() > 1 ? first + last : first.replace(" most", ""));
    ChartStyle.fitTitle(chart.getStyler(), chart.getTitle());
    chart.setXAxisTitle("perplexity lower than with sets of other domains, % (right is better)");
    return chart;
  }

  private static XYChart chart(
      Table gains, String varied, String zeroName, String reference, String title) {
    if (gains.rowCount() == 0) {
      throw new IllegalArgumentException(
          "No %s shares two sets with %s.".formatted(varied, reference));
    }
    List<String> selectors =
        gains.stringColumn(varied).unique().asList().stream()
            .sorted(Comparator.reverseOrder())
            .toList();
    List<String> methods =
        gains.stringColumn("method").unique().asList().stream().sorted().toList();
    String unit = gains.stringColumn("unit").get(0);
    XYChart chart =
        ChartStyle.chart(
            title,
            "difference to " + reference + (unit.isEmpty() ? "" : ", " + unit) + side(gains),
            "",
            FRAME_HEIGHT + LINE_HEIGHT * selectors.size());
    ChartStyle.labelRows(chart, selectors, LINE_HEIGHT);
    Map<String, Integer> places = ChartStyle.places(methods);
    for (int m = 0; m < methods.size(); m++) {
      Table rows = gains.where(gains.stringColumn("method").isEqualTo(methods.get(m)));
      double offset = (m - (methods.size() - 1) / 2.0) * -0.6 / methods.size();
      add(
          chart,
          rows,
          varied,
          methods.get(m),
          selectors,
          offset,
          ChartStyle.color(places.get(methods.get(m))));
    }
    XYSeries zero =
        chart.addSeries(zeroName, new double[] {0, 0}, new double[] {-0.5, selectors.size() - 0.5});
    zero.setMarker(SeriesMarkers.NONE);
    zero.setLineColor(Color.DARK_GRAY);
    zero.setLineStyle(SeriesLines.DASH_DASH);
    chart.getStyler().setXAxisDecimalPattern("0.0##");
    chart
        .getStyler()
        .setMarkerSize(7)
        .setLegendPosition(Styler.LegendPosition.OutsideS)
        .setLegendLayout(Styler.LegendLayout.Horizontal);
    return chart;
  }

  private static void add(
      XYChart chart,
      Table rows,
      String varied,
      String method,
      List<String> selectors,
      double offset,
      Color color) {
    DoubleColumn mean = rows.doubleColumn("mean_difference");
    DoubleColumn low = rows.doubleColumn("low");
    DoubleColumn high = rows.doubleColumn("high");
    List<Double> xs = new ArrayList<>();
    List<Double> ys = new ArrayList<>();
    for (int row = 0; row < rows.rowCount(); row++) {
      double y = selectors.indexOf(rows.stringColumn(varied).get(row)) + offset;
      xs.add(mean.getDouble(row));
      ys.add(y);
      if (!low.isMissing(row)) {
        XYSeries interval =
            chart.addSeries(
                method + " " + rows.stringColumn(varied).get(row),
                new double[] {low.getDouble(row), high.getDouble(row)},
                new double[] {y, y});
        interval.setMarker(SeriesMarkers.NONE);
        interval.setLineColor(color);
        interval.setLineStyle(SeriesLines.SOLID);
        interval.setShowInLegend(false);
      }
    }
    XYSeries points = chart.addSeries(method, xs, ys);
    points.setXYSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.Scatter);
    points.setMarker(SeriesMarkers.CIRCLE);
    points.setMarkerColor(color);
  }

  /** On which side a gain lies, if the table has one metric. */
  private static String side(Table gains) {
    return gains.columnNames().contains("metric")
        ? ChartStyle.side(gains.stringColumn("metric").get(0))
        : "";
  }
}
