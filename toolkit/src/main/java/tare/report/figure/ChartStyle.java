package tare.report.figure;

import java.awt.Color;
import java.awt.Font;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.AxesChartStyler;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.lines.SeriesLines;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * The common style of all figures: white, with light grid lines and colours that colour-blind
 * readers can tell apart.
 */
final class ChartStyle {

  /** The palette of Okabe and Ito, without yellow, which is too pale for points. */
  private static final Color[] COLORS = {
    new Color(0, 114, 178),
    new Color(213, 94, 0),
    new Color(0, 158, 115),
    new Color(204, 121, 167),
    new Color(230, 159, 0),
    new Color(86, 180, 233),
    new Color(90, 90, 90)
  };

  /**
   * Fixed places, so that a method has one colour in all figures. Methods that rarely share a
   * figure may share a colour.
   */
  private static final Map<String, Integer> METHODS =
      Map.of(
          "gptq", 0,
          "awq", 1,
          "magnitude", 1,
          "smoothquant-gptq", 2,
          "sparsegpt", 2,
          "spqr", 3,
          "rtn", 4,
          "wanda", 5);

  private static final int LONG_TITLE = 55;
  private static final int LONGER_TITLE = 72;

  private static final int USUAL_NAME = 20; // characters
  private static final int CHARACTER = 7; // pixels

  private static final int LONGEST_MIXTURE = 40;

  private ChartStyle() {}

  static Color color(int series) {
    return COLORS[series % COLORS.length];
  }

  /**
   * The number of each method's {@linkplain #color colour} and {@linkplain #marker marker}. The
   * toolkit's methods have their own. A user's method takes the next free number, as does the
   * second of two methods with the same number.
   */
  static Map<String, Integer> places(Collection<String> methods) {
    Map<String, Integer> places = new LinkedHashMap<>();
    for (String method : methods) {
      Integer own = METHODS.get(method.toLowerCase(Locale.ROOT));
      if (own != null && !places.containsValue(own)) {
        places.put(method, own);
      }
    }
    for (String method : methods) {
      if (!places.containsKey(method)) {
        int next = 0;
        while (places.containsValue(next)) {
          next++;
        }
        places.put(method, next);
      }
    }
    return places;
  }

  /**
   * Adds a line with round markers, in the next colour. Where the colours begin again, lines are
   * dashed and their markers have another shape.
   */
  static XYSeries line(XYChart chart, String name, List<Double> x, List<Double> y) {
    int number = chart.getSeriesCollection().size();
    XYSeries line = line(chart, name, x, y, color(number));
    if (number >= COLORS.length) {
      line.setMarker(marker(number / COLORS.length));
      line.setLineStyle(SeriesLines.DASH_DASH);
    }
    return line;
  }

  /** Adds a line with round markers. */
  static XYSeries line(XYChart chart, String name, List<Double> x, List<Double> y, Color color) {
    XYSeries line = chart.addSeries(name, x, y);
    line.setLineColor(color);
    line.setMarkerColor(color);
    line.setMarker(SeriesMarkers.CIRCLE);
    return line;
  }

  private static final int WIDTH = 760;
  private static final int HEIGHT = 420;

  private static final Marker[] MARKERS = {
    SeriesMarkers.CIRCLE,
    SeriesMarkers.SQUARE,
    SeriesMarkers.TRIANGLE_UP,
    SeriesMarkers.TRIANGLE_DOWN,
    SeriesMarkers.CROSS,
    SeriesMarkers.PLUS
  };

  /** Marker shapes, so that series can be told apart without colour. */
  static Marker marker(int series) {
    return MARKERS[series % MARKERS.length];
  }

  /** Three or four digits, for a title or a cell. */
  static String number(double value) {
    double size = Math.abs(value);
    return String.format(Locale.ROOT, size >= 1000 ? "%.0f" : size >= 10 ? "%.1f" : "%.3f", value);
  }

  /**
   * A corpus's name that fits on an axis. For a joined corpus, the number of its parts; a mixture
   * by shares keeps its name if that is short, because others differ in the shares alone.
   */
  static String corpus(String name) {
    boolean isShort = name.contains(":") && name.length() <= LONGEST_MIXTURE;
    return name.contains("+") && !isShort ? "mix of " + name.split("\\+", -1).length : name;
  }

  /**
   * Whether values span so many powers of ten that labels at powers of ten are enough on a log
   * axis.
   */
  static boolean spansDecades(Collection<Double> values) {
    return Collections.max(values) > 30 * Collections.min(values);
  }

  /** Makes the vertical axis logarithmic, with as many labels as these values need. */
  static void logarithmic(AxesChartStyler styler, Collection<Double> values) {
    styler.setYAxisLogarithmic(true).setYAxisLogarithmicDecadeOnly(spansDecades(values));
  }

  /**
   * Makes the vertical axis logarithmic, from the least to the greatest of these values. If they
   * span decades it begins at a power of ten, as XChart writes a wrong label at the lowest tick
   * otherwise.
   */
  static void onOneScale(AxesChartStyler styler, Collection<Double> values) {
    logarithmic(styler, values);
    double least = Collections.min(values);
    styler.setYAxisMin(spansDecades(values) ? Math.pow(10, Math.floor(Math.log10(least))) : least);
    styler.setYAxisMax(Collections.max(values));
  }

  /**
   * Makes the vertical axis logarithmic if its values are perplexities that span decades.
   *
   * @return the title of the axis
   */
  static String logarithmicIfWide(
      AxesChartStyler styler, String metric, Collection<Double> values) {
    if (metric.equals("perplexity") && spansDecades(values)) {
      logarithmic(styler, values);
      return axis(metric, ", log scale");
    }
    return axis(metric, "");
  }

  /**
   * The title of an axis of scores: what they are, in which unit, and where they are better.
   *
   * @param scale what follows, for instance {@code ", log scale"}
   */
  static String axis(String metric, String scale) {
    String unit = unit(metric);
    return "%s (%s%s)"
        .formatted(
            unit.isEmpty() ? what(metric) : what(metric) + ", " + unit, better(metric), scale)
        .replace("(, ", "(")
        .replace(" ()", "");
  }

  /** What a metric measures, without its unit. */
  static String what(String metric) {
    return switch (metric) {
      case "acc" -> "accuracy";
      case "nll" -> "ln perplexity";
      case "kl" -> "divergence from the original";
      default -> metric;
    };
  }

  /** The unit of a metric, empty if it has none. */
  static String unit(String metric) {
    return metric.equals("nll") || metric.equals("kl") ? "nats per token" : "";
  }

  /** Whether scores are better where they are lower or where they are higher, if that is known. */
  private static String better(String metric) {
    if (isLowerBetter(metric)) {
      return "lower is better";
    }
    return isHigherBetter(metric) ? "higher is better" : "";
  }

  /** Whether scores are known to be better where they are lower. */
  static boolean isLowerBetter(String metric) {
    return metric.endsWith("perplexity")
        || metric.equals("nll")
        || metric.startsWith("kl")
        || metric.equals("answer_kl");
  }

  /** Whether scores are known to be better where they are higher. */
  static boolean isHigherBetter(String metric) {
    return metric.startsWith("acc") || metric.startsWith("margin");
  }

  static XYChart chart(String title, String horizontal, String vertical) {
    return chart(title, horizontal, vertical, HEIGHT);
  }

  static XYChart chart(String title, String horizontal, String vertical, int height) {
    return chart(title, horizontal, vertical, WIDTH, height);
  }

  static XYChart chart(String title, String horizontal, String vertical, int width, int height) {
    XYChart chart =
        new XYChartBuilder()
            .width(width)
            .height(height)
            .title(title)
            .xAxisTitle(horizontal)
            .yAxisTitle(vertical)
            .theme(Styler.ChartTheme.XChart)
            .build();
    dress(chart.getStyler());
    fitTitle(chart.getStyler(), title);
    return chart;
  }

  /** A small chart without a legend, for {@link SmallMultiples}. */
  static XYChart panel(String title, String horizontal, String vertical, int width, int height) {
    XYChart chart = chart(title, horizontal, vertical, width, height);
    chart
        .getStyler()
        .setAxisTitleFont(new Font(Font.SANS_SERIF, Font.PLAIN, 11))
        .setAxisTickLabelsFont(new Font(Font.SANS_SERIF, Font.PLAIN, 10))
        .setLegendVisible(false)
        .setChartTitleFont(new Font(Font.SANS_SERIF, Font.BOLD, 12));
    return chart;
  }

  /**
   * A title is centred above the plot, which a legend makes narrow: a long one is written smaller.
   */
  static void fitTitle(AxesChartStyler styler, String title) {
    if (title.length() > LONG_TITLE) {
      int size = title.length() > LONGER_TITLE ? 11 : 12;
      styler.setChartTitleFont(new Font(Font.SANS_SERIF, Font.BOLD, size));
    }
  }

  /** The common look of charts of all kinds. */
  static void dress(AxesChartStyler styler) {
    styler
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
  }

  /**
   * Longest label without side effects: XChart looks at the first three labels of an axis, and
   * leaves ticks out if one of them is longer.
   */
  private static final int LONGEST_LABEL = 20;

  /**
   * Puts names on the vertical axis, the first at 0, the next at 1. XChart puts ticks at round
   * numbers, and a spacing near one unit makes those the places of names. If one of the first names
   * is long, the axis begins lower, so that the first three ticks have no names.
   *
   * @param spacing pixels between two names
   */
  static void labelRows(XYChart chart, List<String> names, int spacing) {
    chart
        .getStyler()
        .setYAxisMin(names.stream().limit(2).anyMatch(n -> n.length() > LONGEST_LABEL) ? -2 : -0.5)
        .setYAxisMax(names.size() - 0.5)
        .setYAxisTickMarkSpacingHint(spacing)
        .setYAxisTickLabelsFormattingFunction(at -> label(names, at));
  }

  /** The width of a chart whose plot has its usual room beside names of any length, in pixels. */
  static int widthBeside(List<String> names) {
    int longest = names.stream().mapToInt(name -> HumanNames.in(name).length()).max().orElse(0);
    return WIDTH + CHARACTER * Math.max(0, longest - USUAL_NAME);
  }

  /** Puts names on the horizontal axis, as {@link #labelRows} does on the vertical one. */
  static void labelColumns(XYChart chart, List<String> names, int spacing) {
    chart
        .getStyler()
        .setXAxisMin(-0.5)
        .setXAxisMax(names.size() - 0.5)
        .setXAxisTickMarkSpacingHint(spacing)
        .setXAxisTickLabelsFormattingFunction(at -> label(names, at));
  }

  /**
   * The label at a place of an axis of names. Between and beyond the names it is a blank that no
   * other place has: the place's number, written in two kinds of spaces. From equal labels XChart
   * would conclude that decimals are cut off, and draw fewer ticks.
   */
  static String label(List<String> names, double at) {
    return at == Math.rint(at) && at >= 0 && at < names.size()
        ? HumanNames.in(names.get((int) at))
        : Long.toBinaryString(128 + Math.round(2 * at)).replace('0', ' ').replace('1', '\u00a0');
  }
}
