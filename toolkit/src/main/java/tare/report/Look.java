package tare.report;

import java.awt.Color;
import java.awt.Font;
import java.util.List;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** How all figures look: white, light grid lines, colours that colour-blind readers tell apart. */
final class Look {

  /** After Okabe and Ito, without the yellow, which is too pale for points. */
  private static final Color[] COLORS = {
    new Color(0, 114, 178),
    new Color(213, 94, 0),
    new Color(0, 158, 115),
    new Color(204, 121, 167),
    new Color(230, 159, 0),
    new Color(86, 180, 233),
    new Color(90, 90, 90)
  };

  private Look() {}

  static Color color(int series) {
    return COLORS[series % COLORS.length];
  }

  /** Adds a line with round markers, in the next colour. */
  static XYSeries line(XYChart chart, String name, List<Double> x, List<Double> y) {
    Color color = color(chart.getSeriesCollection().size());
    XYSeries line = chart.addSeries(name, x, y);
    line.setLineColor(color);
    line.setMarkerColor(color);
    line.setMarker(SeriesMarkers.CIRCLE);
    return line;
  }

  static XYChart chart(String title, String horizontal, String vertical) {
    XYChart chart =
        new XYChartBuilder()
            .width(760)
            .height(420)
            .title(title)
            .xAxisTitle(horizontal)
            .yAxisTitle(vertical)
            .theme(Styler.ChartTheme.XChart)
            .build();
    chart
        .getStyler()
        .setPlotGridLinesColor(new Color(225, 225, 225))
        .setPlotGridVerticalLinesVisible(false)
        .setAxisTitleFont(new Font(Font.SANS_SERIF, Font.PLAIN, 13))
        .setAxisTickLabelsFont(new Font(Font.SANS_SERIF, Font.PLAIN, 12))
        .setChartBackgroundColor(Color.WHITE)
        .setPlotBackgroundColor(Color.WHITE)
        .setPlotBorderVisible(false)
        .setChartTitleBoxVisible(false)
        .setChartTitleFont(new Font(Font.SANS_SERIF, Font.BOLD, 14))
        .setLegendPosition(Styler.LegendPosition.OutsideE)
        .setLegendBorderColor(Color.WHITE)
        .setLegendFont(new Font(Font.SANS_SERIF, Font.PLAIN, 12))
        .setAntiAlias(true);
    return chart;
  }
}
