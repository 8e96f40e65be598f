package tare.report.figure;

import java.awt.Color;
import java.util.ArrayList;
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
import tech.tablesaw.api.Table;

/**
 * Shows gains over a reference, such as a random draw, with 95 % intervals, by method. Right is
 * better for every metric whose better side is known: a lower perplexity lies to the right, as a
 * higher accuracy does. The title says how many gains are clear.
 */
public final class ForestPlot {

  private static final int LINE_HEIGHT = 34;
  private static final int FRAME_HEIGHT = 150;
  private static final double LEVEL = 0.05;
  private static final String CORRECTED = "p_t_holm";

  private ForestPlot() {}

  /**
   * Draws one line for each selector. A point is the mean of the paired differences, and the line
   * at zero is the random draw.
   *
   * @param gains a table of {@link SelectorGain}, of one model, corpus, budget, task and metric
   * @param title goes before the finding
   * @throws IllegalArgumentException if the table is empty
   */
  public static XYChart selectors(Table gains, String title) {
    return chart(gains, "selector", "random draw", "a random draw", title);
  }

  /**
   * Draws one line for each calibration pool. The line at zero is the pool that the others are
   * compared with.
   *
   * @param gains a table of {@link PoolGain}, of one model, budget, task and metric
   * @param reference the pool that the others are compared with
   * @param title goes before the finding
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
    XYChart chart = chart(drawn, "task", "other domains", 1);
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
    title(chart, means.rowCount() > 1 ? first + last : first.replace(" most", ""));
    chart.setXAxisTitle("perplexity lower than with sets of other domains, % (right is better)");
    return chart;
  }

  private static XYChart chart(
      Table gains, String varied, String zeroName, String reference, String title) {
    if (gains.rowCount() == 0) {
      throw new IllegalArgumentException(
          "No %s shares two sets with %s.".formatted(varied, reference));
    }
    String metric = gains.stringColumn("metric").get(0);
    int sign = ChartStyle.isLowerBetter(metric) ? -1 : 1;
    XYChart chart = chart(gains, varied, zeroName, sign);
    title(chart, title + ": " + finding(gains, reference, sign));
    chart.setXAxisTitle(axis(metric, gains.stringColumn("unit").get(0), reference));
    return chart;
  }

  private static XYChart chart(Table gains, String varied, String zeroName, int sign) {
    List<String> selectors =
        gains.stringColumn(varied).unique().asList().stream()
            .sorted(Comparator.reverseOrder())
            .toList();
    List<String> methods =
        gains.stringColumn("method").unique().asList().stream().sorted().toList();
    int height = FRAME_HEIGHT + LINE_HEIGHT * selectors.size();
    XYChart chart = ChartStyle.chart("", "", "", ChartStyle.widthBeside(selectors), height);
    ChartStyle.labelRows(chart, selectors, LINE_HEIGHT);
    Map<String, Integer> places = ChartStyle.places(methods);
    for (int m = 0; m < methods.size(); m++) {
      Table rows = gains.where(gains.stringColumn("method").isEqualTo(methods.get(m)));
      double offset = (m - (methods.size() - 1) / 2.0) * -0.6 / methods.size();
      add(
          chart,
          rows,
          varied,
          sign,
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
      int sign,
      List<String> selectors,
      double offset,
      Color color) {
    String method = rows.stringColumn("method").get(0);
    DoubleColumn mean = rows.doubleColumn("mean_difference").multiply(sign);
    DoubleColumn low = rows.doubleColumn("low").multiply(sign);
    DoubleColumn high = rows.doubleColumn("high").multiply(sign);
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

  /** How many gains are clear: after Holm's correction if the table has it, or by interval. */
  private static String finding(Table gains, String reference, int sign) {
    int better = 0;
    int worse = 0;
    for (Row row : gains) {
      boolean isBetter = sign * row.getDouble("mean_difference") > 0;
      better += isClear(row) && isBetter ? 1 : 0;
      worse += isClear(row) && !isBetter ? 1 : 0;
    }
    boolean isCorrected = gains.columnNames().contains(CORRECTED);
    if (better + worse == 0) {
      return isCorrected
          ? "no difference from " + reference + " holds after correction"
          : "no clear difference from " + reference;
    }
    return String.format(
        Locale.ROOT,
        isCorrected
            ? "%d of %d better than %s after correction, %d worse"
            : "%d of %d clearly better than %s, %d worse",
        better,
        gains.rowCount(),
        reference,
        worse);
  }

  private static boolean isClear(Row row) {
    return row.columnNames().contains(CORRECTED)
        ? row.getDouble(CORRECTED) < LEVEL // false if it is missing
        : row.getDouble("low") > 0 || row.getDouble("high") < 0;
  }

  private static String axis(String metric, String unit, String reference) {
    String shown = unit.isEmpty() ? ChartStyle.unit(metric) : unit;
    String in = shown.isEmpty() ? "" : ", " + shown;
    if (ChartStyle.isLowerBetter(metric) || ChartStyle.isHigherBetter(metric)) {
      return "%s %s than with %s%s (right is better)"
          .formatted(
              ChartStyle.what(metric),
              ChartStyle.isLowerBetter(metric) ? "lower" : "higher",
              reference,
              in);
    }
    return "%s: difference from %s%s".formatted(ChartStyle.what(metric), reference, in);
  }

  private static void title(XYChart chart, String title) {
    chart.setTitle(title);
    ChartStyle.fitTitle(chart.getStyler(), title);
  }
}
