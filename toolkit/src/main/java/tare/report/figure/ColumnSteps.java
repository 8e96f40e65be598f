package tare.report.figure;

import java.awt.Font;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.knowm.xchart.HeatMapChart;
import org.knowm.xchart.HeatMapChartBuilder;

/**
 * Shows how a method that compresses one column after another moves the columns still to come: one
 * map of a small weight for each column, on one scale.
 */
public final class ColumnSteps {

  private static final int WIDTH = 400;
  private static final int HEIGHT = 320;
  private static final int PANELS_IN_A_ROW = 2;

  private ColumnSteps() {}

  /**
   * Draws how far each weight is from where it was, after each column. The title says how far the
   * columns still to come have moved at most.
   *
   * @param method goes before the finding in the title
   * @param before the weight before the first column, [outputs, inputs]
   * @param after the weight after each column, [outputs, inputs]
   * @throws IllegalArgumentException if there is no column
   */
  public static SmallMultiples chart(String method, double[][] before, List<double[][]> after) {
    if (after.isEmpty()) {
      throw new IllegalArgumentException("There is no column to draw.");
    }
    double largest = 1e-9;
    double later = 0;
    for (int step = 0; step < after.size(); step++) {
      for (int i = 0; i < before.length; i++) {
        for (int j = 0; j < before[i].length; j++) {
          double change = Math.abs(after.get(step)[i][j] - before[i][j]);
          largest = Math.max(largest, change);
          later = j > step ? Math.max(later, change) : later;
        }
      }
    }
    List<HeatMapChart> panels = new ArrayList<>();
    for (int step = 0; step < after.size(); step++) {
      panels.add(panel("after column " + step, before, after.get(step), largest));
    }
    String title =
        String.format(
            Locale.ROOT, "%s moves the columns still to come by up to %.2f", method, later);
    return new SmallMultiples(title, Map.of(), panels, Math.min(PANELS_IN_A_ROW, panels.size()));
  }

  private static HeatMapChart panel(
      String title, double[][] before, double[][] after, double largest) {
    int rows = before.length;
    List<Number[]> cells = new ArrayList<>();
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < before[i].length; j++) {
        cells.add(new Number[] {j, rows - 1 - i, after[i][j] - before[i][j]}); // upwards
      }
    }
    HeatMapChart chart =
        new HeatMapChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(title)
            .xAxisTitle("input (column)")
            .yAxisTitle("output (row)")
            .build();
    ChartStyle.dress(chart.getStyler());
    chart
        .getStyler()
        .setShowValue(true)
        .setValueFont(new Font(Font.SANS_SERIF, Font.PLAIN, 13))
        .setHeatMapValueDecimalPattern("+0.00;-0.00")
        .setRangeColors(HeatMaps.TWO_WAYS)
        .setMin(-largest)
        .setMax(largest)
        .setDrawBorder(true)
        .setXAxisTickMarkSpacingHint(20)
        .setYAxisTickMarkSpacingHint(20)
        .setLegendVisible(false);
    chart.addSeries(
        "change",
        IntStream.range(0, before[0].length).mapToObj(String::valueOf).toList(),
        IntStream.range(0, rows).mapToObj(i -> String.valueOf(rows - 1 - i)).toList(),
        cells);
    return chart;
  }
}
