package tare.report.figure;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.markers.SeriesMarkers;
import tare.report.Grouped;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.Table;

/**
 * Shows where compression hurts: the relative error of each linear layer, by block and by kind of
 * layer.
 */
public final class LayerErrors {

  /** A block's number and the layer's own name, as in {@code model.layers.3.mlp.up_proj}. */
  private static final Pattern NAME = Pattern.compile("(?:^|.*\\.)(\\d+)\\.(?:.*\\.)?([^.]+)");

  private LayerErrors() {}

  /**
   * Draws one line for each kind of linear layer. If the table holds several trials, errors are
   * averaged. The vertical axis is logarithmic.
   *
   * @param layers rows with the columns {@code linear} and {@code relative_error} (a fraction)
   * @throws IllegalArgumentException if no row has the name of a block's linear layer and an error
   *     above zero
   */
  public static XYChart chart(Table layers) {
    Map<String, Map<Integer, List<Double>>> kinds = byKind(layers);
    if (kinds.isEmpty()) {
      throw new IllegalArgumentException(
          "No row has the name of a block's linear layer, such as model.layers.3.mlp.up_proj, and"
              + " an error above zero.");
    }
    XYChart chart =
        ChartStyle.chart("Error of each linear's output", "block", "relative error (log scale)");
    ChartStyle.logarithmic(chart.getStyler(), Grouped.means(kinds.values()));
    chart.getStyler().setXAxisDecimalPattern("0").setYAxisDecimalPattern("0.########");
    kinds.forEach(
        (kind, blocks) -> {
          XYSeries series =
              chart.addSeries(
                  kind,
                  List.copyOf(blocks.keySet()),
                  blocks.values().stream().map(Grouped::mean).toList());
          series.setMarker(SeriesMarkers.CIRCLE);
          series.setLineColor(ChartStyle.color(chart.getSeriesCollection().size() - 1));
          series.setMarkerColor(ChartStyle.color(chart.getSeriesCollection().size() - 1));
        });
    chart.getStyler().setMarkerSize(5);
    return chart;
  }

  private static Map<String, Map<Integer, List<Double>>> byKind(Table layers) {
    DoubleColumn errors = layers.doubleColumn("relative_error");
    Map<String, Map<Integer, List<Double>>> kinds = new TreeMap<>();
    for (int row = 0; row < layers.rowCount(); row++) {
      Matcher name =
          NAME.matcher(layers.stringColumn("linear").get(row).replaceFirst("\\.weight$", ""));
      if (name.matches() && !errors.isMissing(row) && errors.getDouble(row) > 0) {
        kinds
            .computeIfAbsent(name.group(2), kind -> new TreeMap<>())
            .computeIfAbsent(Integer.valueOf(name.group(1)), block -> new ArrayList<>())
            .add(errors.getDouble(row));
      }
    }
    return kinds;
  }
}
