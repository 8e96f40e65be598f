package tare.report.figure;

import java.awt.Color;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
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

  /** Layers in the order in which a token passes them. */
  private static final List<String> ORDER =
      List.of("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj");

  private static final Map<String, String> NAMES =
      Map.of(
          "q_proj", "q_proj: queries",
          "k_proj", "k_proj: keys",
          "v_proj", "v_proj: values",
          "o_proj", "o_proj: out of attention");

  private static final int PANEL = 230;
  private static final int COLUMNS = 4;

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

  /**
   * Draws one small figure for each kind of linear layer, with one line for each method. All have
   * one scale.
   *
   * @param title what the figure shows
   * @param layers rows as in {@link #chart}, by method
   * @throws IllegalArgumentException as {@link #chart} does
   */
  public static SmallMultiples beside(String title, Map<String, Table> layers) {
    Map<String, Map<String, Map<Integer, List<Double>>>> methods = new LinkedHashMap<>();
    layers.forEach((method, table) -> methods.put(method, byKind(table)));
    List<Double> all = new ArrayList<>();
    methods.values().forEach(kinds -> all.addAll(Grouped.means(kinds.values())));
    Map<String, Color> colours = new LinkedHashMap<>();
    ChartStyle.places(layers.keySet())
        .forEach((method, place) -> colours.put(method, ChartStyle.color(place)));
    TreeSet<String> kinds =
        new TreeSet<>(
            Comparator.<String>comparingInt(kind -> Math.floorMod(ORDER.indexOf(kind), 99))
                .thenComparing(kind -> kind));
    methods.values().forEach(each -> kinds.addAll(each.keySet()));
    List<XYChart> panels = new ArrayList<>();
    for (String kind : kinds) {
      XYChart panel =
          ChartStyle.panel(NAMES.getOrDefault(kind, kind), "block", "relative error", PANEL, PANEL);
      ChartStyle.onOneScale(panel.getStyler(), all);
      panel.getStyler().setXAxisDecimalPattern("0").setYAxisDecimalPattern("0.########");
      panel.getStyler().setMarkerSize(4);
      methods.forEach(
          (method, of) -> {
            Map<Integer, List<Double>> blocks = of.getOrDefault(kind, Map.of());
            ChartStyle.line(
                panel,
                method,
                blocks.keySet().stream().map(Integer::doubleValue).toList(),
                blocks.values().stream().map(Grouped::mean).toList(),
                colours.get(method));
          });
      panels.add(panel);
    }
    return new SmallMultiples(title, colours, panels, COLUMNS);
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
