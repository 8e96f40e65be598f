package tare.report.figure;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.markers.SeriesMarkers;
import tech.tablesaw.api.NumericColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/**
 * Shows a part of a weight matrix: one square for each weight, coloured by what compression did to
 * it.
 */
public final class WeightFates {

  private static final int PLOT_WIDTH = 540;
  private static final int LEAST_MARKER = 2;

  private WeightFates() {}

  /**
   * Draws the weights of a table. Places without a row stay white.
   *
   * @param weights rows with the columns {@code output} and {@code input} (indices from 0) and
   *     {@code fate} (the text in the legend)
   * @throws IllegalArgumentException if the table is empty
   */
  public static XYChart chart(Table weights, String title) {
    if (weights.rowCount() == 0) {
      throw new IllegalArgumentException("There is no weight to draw.");
    }
    NumericColumn<?> outputs = weights.numberColumn("output");
    NumericColumn<?> inputs = weights.numberColumn("input");
    StringColumn fates = weights.stringColumn("fate");
    Map<String, List<List<Integer>>> places = new TreeMap<>();
    for (int row = 0; row < weights.rowCount(); row++) {
      List<List<Integer>> place =
          places.computeIfAbsent(
              fates.get(row), fate -> List.of(new ArrayList<>(), new ArrayList<>()));
      place.get(0).add((int) inputs.getDouble(row));
      place.get(1).add((int) outputs.getDouble(row));
    }
    XYChart chart = ChartStyle.chart(title, "input", "output");
    int marker = (int) Math.max(LEAST_MARKER, PLOT_WIDTH / (inputs.max() + 2));
    chart
        .getStyler()
        .setDefaultSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.Scatter)
        .setPlotGridLinesVisible(false)
        .setXAxisDecimalPattern("0")
        .setYAxisDecimalPattern("0")
        .setMarkerSize(marker);
    places.forEach(
        (fate, place) -> {
          XYSeries series = chart.addSeries(fate, place.get(0), place.get(1));
          series.setMarker(SeriesMarkers.SQUARE);
          series.setMarkerColor(ChartStyle.color(chart.getSeriesCollection().size() - 1));
        });
    return chart;
  }
}
