package tare.report.figure;

import java.awt.Color;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.lines.SeriesLines;
import org.knowm.xchart.style.markers.SeriesMarkers;
import tare.report.Grouped;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.Table;

/** Shows a score or an error against the bits per weight, by method. */
public final class BitsAgainstScore {

  private static final String BITS = "bits per weight, grids included";
  private static final int PANEL_WIDTH = 440;
  private static final int PANEL_HEIGHT = 300;

  private BitsAgainstScore() {}

  /** A point of a line. */
  private record Point(double bits, double value) {}

  /**
   * Draws one line for each method, its points ordered by bits. The vertical axis is logarithmic. A
   * method without bits, such as the uncompressed model, is a dashed line across the figure. The
   * title names the methods with at least one point that none beats: no other method is as good or
   * better with as few or fewer bits, and better in one of the two.
   *
   * @param of goes before the finding in the title
   * @param rows rows of one metric, with the columns {@code method}, {@code bits_per_weight},
   *     {@code metric} and {@code value} (above zero)
   * @throws IllegalArgumentException if no row has bits, a value is not above zero, or there are
   *     several metrics
   */
  public static XYChart chart(String of, Table rows) {
    String metric = metric(rows);
    Map<String, List<Point>> methods = byMethod(rows);
    XYChart chart =
        ChartStyle.chart(
            of + ": " + finding("no method beats ", unbeaten(methods, metric)), BITS, axis(metric));
    draw(chart, methods, ChartStyle.places(methods.keySet()), values(methods));
    return chart;
  }

  /**
   * Draws one small figure for each table, two in a row. All have one scale, and a method has one
   * colour. The title names the methods that have such a point in all tables.
   *
   * @param title goes before the finding in the title
   * @param rows rows as in {@link #chart}, all of one metric, by the title of the small figure
   * @throws IllegalArgumentException as {@link #chart} does
   */
  public static SmallMultiples beside(String title, Map<String, Table> rows) {
    Map<String, Map<String, List<Point>>> tables = new LinkedHashMap<>();
    rows.forEach((of, table) -> tables.put(of, byMethod(table)));
    TreeSet<String> names = new TreeSet<>();
    List<Double> all = new ArrayList<>();
    tables
        .values()
        .forEach(
            methods -> {
              names.addAll(methods.keySet());
              all.addAll(values(methods));
            });
    Map<String, Integer> places = ChartStyle.places(names);
    Map<String, Color> key = new LinkedHashMap<>();
    names.forEach(name -> key.put(called(name), color(name, places)));
    List<XYChart> panels = new ArrayList<>();
    TreeSet<String> always = new TreeSet<>(names);
    tables.forEach(
        (of, methods) -> {
          String metric = metric(rows.get(of));
          XYChart panel = ChartStyle.panel(of, BITS, axis(metric), PANEL_WIDTH, PANEL_HEIGHT);
          draw(panel, methods, places, all);
          ChartStyle.onOneScale(panel.getStyler(), all);
          panels.add(panel);
          always.retainAll(unbeaten(methods, metric));
        });
    String found = always.isEmpty() ? "" : ": " + finding("in all, no method beats ", always);
    return new SmallMultiples(title + found, key, panels, 2);
  }

  private static String metric(Table rows) {
    List<String> metrics = rows.stringColumn("metric").unique().asList();
    if (metrics.size() != 1) {
      throw new IllegalArgumentException("A figure shows one metric, but the rows have " + metrics);
    }
    return metrics.get(0);
  }

  private static String axis(String metric) {
    return ChartStyle.axis(metric, ", log scale");
  }

  private static List<Double> values(Map<String, List<Point>> methods) {
    return methods.values().stream().flatMap(List::stream).map(Point::value).toList();
  }

  private static String called(String method) {
    return method.equals(Grouped.BASELINE) ? "uncompressed" : method;
  }

  private static Color color(String method, Map<String, Integer> places) {
    return method.equals(Grouped.BASELINE) ? Color.DARK_GRAY : ChartStyle.color(places.get(method));
  }

  private static void draw(
      XYChart chart,
      Map<String, List<Point>> methods,
      Map<String, Integer> places,
      List<Double> scale) {
    double[] bits =
        methods.values().stream()
            .flatMap(List::stream)
            .mapToDouble(Point::bits)
            .filter(Double::isFinite)
            .sorted()
            .toArray();
    if (bits.length == 0) {
      throw new IllegalArgumentException("No row has bits_per_weight.");
    }
    ChartStyle.logarithmic(chart.getStyler(), scale);
    chart.getStyler().setXAxisDecimalPattern("0.0#").setMarkerSize(7);
    methods.forEach(
        (method, points) -> add(chart, called(method), points, bits, color(method, places)));
  }

  private static String finding(String before, Collection<String> unbeaten) {
    return before + String.join(" or ", unbeaten) + " at its size";
  }

  /** The methods with a point that no other method's point dominates. */
  private static List<String> unbeaten(Map<String, List<Point>> methods, String metric) {
    boolean isLower = !ChartStyle.isHigherBetter(metric);
    List<String> unbeaten = new ArrayList<>();
    methods.forEach(
        (method, points) -> {
          if (points.stream()
              .filter(point -> Double.isFinite(point.bits()))
              .anyMatch(point -> !isBeaten(point, method, methods, isLower))) {
            unbeaten.add(method);
          }
        });
    return unbeaten;
  }

  private static boolean isBeaten(
      Point point, String method, Map<String, List<Point>> methods, boolean isLower) {
    return methods.entrySet().stream()
        .filter(other -> !other.getKey().equals(method))
        .flatMap(other -> other.getValue().stream())
        .filter(other -> other.bits() <= point.bits())
        .anyMatch(
            other -> {
              double ahead =
                  isLower ? point.value() - other.value() : other.value() - point.value();
              return ahead > 0 || (ahead == 0 && other.bits() < point.bits());
            });
  }

  private static void add(
      XYChart chart, String method, List<Point> points, double[] bits, Color color) {
    boolean acrossAll = points.stream().anyMatch(point -> Double.isNaN(point.bits()));
    List<Point> drawn = points;
    if (acrossAll) {
      double value = points.get(0).value();
      drawn = List.of(new Point(bits[0], value), new Point(bits[bits.length - 1], value));
    }
    XYSeries line =
        ChartStyle.line(
            chart,
            method,
            drawn.stream().map(Point::bits).toList(),
            drawn.stream().map(Point::value).toList(),
            color);
    line.setLineStyle(acrossAll ? SeriesLines.DASH_DASH : SeriesLines.SOLID);
    if (acrossAll) {
      line.setMarker(SeriesMarkers.NONE);
    }
  }

  private static Map<String, List<Point>> byMethod(Table rows) {
    DoubleColumn bits = rows.doubleColumn("bits_per_weight");
    DoubleColumn values = rows.doubleColumn("value");
    Map<String, List<Point>> methods = new TreeMap<>();
    for (int row = 0; row < rows.rowCount(); row++) {
      if (!(values.getDouble(row) > 0)) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "Row %d has the value %s, which a log scale cannot show.",
                row,
                values.get(row)));
      }
      methods
          .computeIfAbsent(rows.stringColumn("method").get(row), method -> new ArrayList<>())
          .add(new Point(bits.isMissing(row) ? Double.NaN : bits.getDouble(row), values.get(row)));
    }
    methods.values().forEach(points -> points.sort(Comparator.comparing(Point::bits)));
    return methods;
  }
}
