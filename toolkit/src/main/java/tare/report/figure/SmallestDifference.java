package tare.report.figure;

import java.util.Locale;
import java.util.stream.IntStream;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.markers.SeriesMarkers;
import tare.report.SameItems;

/**
 * Shows how large a difference of accuracy a number of items can detect, by the share of items on
 * which the two models differ (see {@link SameItems#smallestDifference}).
 */
public final class SmallestDifference {

  private static final int MOST_ITEMS = 10_000;
  private static final int LEAST_ITEMS = 50;
  private static final int POINTS = 60;

  private SmallestDifference() {}

  /**
   * Draws one line for each share. The horizontal axis is logarithmic.
   *
   * @param differing shares of items that one model answers right and the other wrong
   */
  public static XYChart chart(double... differing) {
    XYChart chart =
        ChartStyle.chart(
            "The smallest difference that is found in four of five trials",
            "items (log scale)",
            "difference of accuracy");
    chart.getStyler().setXAxisLogarithmic(true).setYAxisMin(0.0).setMarkerSize(0);
    int[] items =
        IntStream.range(0, POINTS)
            .map(i -> (int) Math.round(LEAST_ITEMS * Math.pow(200, i / (POINTS - 1.0))))
            .filter(n -> n <= MOST_ITEMS)
            .toArray();
    for (double share : differing) {
      double[] differences =
          IntStream.of(items).mapToDouble(n -> SameItems.smallestDifference(n, share)).toArray();
      XYSeries series =
          chart.addSeries(
              String.format(Locale.ROOT, "%.0f %% differ", 100 * share),
              IntStream.of(items).asDoubleStream().toArray(),
              differences);
      series.setMarker(SeriesMarkers.NONE);
      series.setLineColor(ChartStyle.color(chart.getSeriesCollection().size() - 1));
    }
    return chart;
  }
}
