package tare.notebook;

import java.lang.reflect.Array;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.knowm.xchart.internal.chartpart.AxesChart;
import org.knowm.xchart.internal.chartpart.Chart;
import org.knowm.xchart.internal.series.Series;
import tare.report.figure.ChartImage;
import tare.report.figure.SmallMultiples;
import tare.report.summary.HtmlTable;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;
import tech.tablesaw.columns.Column;

/**
 * One output in all forms that a reader may need.
 *
 * @param data content by media type, always with {@code text/plain}
 * @param metadata metadata by media type, for instance a picture's width
 */
record Rendering(Map<String, Object> data, Map<String, Object> metadata) {

  private static final String TEXT = "text/plain";

  /** A kernel empties variables without a word; whoever shows one should learn it. */
  private static final String NOTHING =
      "null. If a cell above has set this variable, a later cell has emptied it: it declared a record"
          + " again, or imported after a comment. Run the cells again from the top. See"
          + " docs/notebook-kernel.md.";

  private static final int MOST_NAMES = 12;

  private static final Pattern UUID =
      Pattern.compile("(?<![0-9a-f])([0-9a-f]{8})(-[0-9a-f]{4}){3}-[0-9a-f]{12}");

  /** Characters of an array's values that are shown. */
  private static final int MOST_OF_AN_ARRAY = 2000;

  static Rendering of(Object thing) {
    if (thing instanceof Table table) {
      return of(table);
    }
    if (thing instanceof Chart<?, ?> chart) {
      return picture(
          chart.getTitle(),
          chart.getWidth(),
          chart.getHeight(),
          () -> ChartImage.png(chart),
          () -> description(chart));
    }
    if (thing instanceof SmallMultiples charts) {
      return picture(
          charts.title(),
          charts.width(),
          charts.height(),
          () -> ChartImage.png(charts),
          () -> description(charts));
    }
    if (thing instanceof List<?> list
        && !list.isEmpty()
        && list.stream().allMatch(Record.class::isInstance)) {
      return of(RecordsAsTable.table(list.stream().map(Record.class::cast).toList()));
    }
    if (thing == null) {
      return text(NOTHING);
    }
    return text(thing.getClass().isArray() ? array(thing) : thing.toString());
  }

  /** The values of an array, the rows of a matrix below each other, cut where no one reads on. */
  private static String array(Object array) {
    String all = Arrays.deepToString(new Object[] {array});
    String values = all.substring(1, all.length() - 1).replace("], [", "],\n [");
    return values.length() <= MOST_OF_AN_ARRAY
        ? values
        : values.substring(0, MOST_OF_AN_ARRAY)
            + " … ("
            + Array.getLength(array)
            + " elements, cut here)";
  }

  /** A sentence in Markdown; a terminal gets it without the marks of bold type. */
  static Rendering markdown(String sentence) {
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("text/markdown", sentence);
    data.put(TEXT, sentence.replace("**", ""));
    return new Rendering(data, Map.of());
  }

  static Rendering text(String text) {
    return new Rendering(Map.of(TEXT, text), Map.of());
  }

  /** The form that a terminal can show. */
  String text() {
    return data.get(TEXT).toString();
  }

  /** A copy in which identifiers have their beginning only. */
  private static Table brief(Table table) {
    Table brief = table.copy();
    for (Column<?> column : table.columns()) {
      if (column instanceof StringColumn words) {
        List<String> shown =
            words.asList().stream().map(word -> UUID.matcher(word).replaceAll("$1…")).toList();
        brief.replaceColumn(words.name(), StringColumn.create(words.name(), shown));
      }
    }
    return brief;
  }

  private static Rendering of(Table whole) {
    Table table = brief(whole);
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("text/html", HtmlTable.html(table));
    data.put(TEXT, table.print(HtmlTable.MOST_ROWS));
    return new Rendering(data, Map.of());
  }

  /** What a figure shows, for whoever cannot see it: the finding in its title, axes and series. */
  private static String description(Chart<?, ?> chart) {
    List<String> names = chart.getSeriesCollection().stream().map(Series::getLabel).toList();
    String axes =
        chart instanceof AxesChart<?, ?> drawn
            ? "Horizontal axis: %s. Vertical axis: %s. "
                .formatted(drawn.getXAxisTitle(), drawn.getYAxisTitle())
            : "";
    return String.format(
        Locale.ROOT,
        "%s. %s%d series: %s%s.",
        chart.getTitle(),
        axes,
        names.size(),
        String.join(", ", names.subList(0, Math.min(MOST_NAMES, names.size()))),
        names.size() > MOST_NAMES ? " and others" : "");
  }

  /** What the first of several charts shows, and what the others vary. */
  private static String description(SmallMultiples charts) {
    return String.format(
        Locale.ROOT,
        "%s. %d panels: %s. The first panel: %s",
        charts.title(),
        charts.panels().size(),
        charts.panels().stream().map(Chart::getTitle).collect(Collectors.joining(", ")),
        description(charts.panels().get(0)));
  }

  private static Rendering picture(
      String title, int width, int height, Supplier<byte[]> png, Supplier<String> description) {
    String text = String.format(Locale.ROOT, "[chart, %d x %d: %s]", width, height, title);
    Map<String, Object> data = new LinkedHashMap<>();
    Map<String, Object> size = new LinkedHashMap<>();
    try {
      data.put("image/png", Base64.getEncoder().encodeToString(png.get()));
      size.put("width", width);
      size.put("height", height);
      size.put("alt", description.get());
    } catch (NoClassDefFoundError | UnsatisfiedLinkError | InternalError e) {
      // Without fonts, tables can still be shown, so the notebook goes on.
      return text(
          text
              + "\nThe chart cannot be drawn ("
              + e.getMessage()
              + "). Install fontconfig and a font, for instance fonts-dejavu-core.");
    }
    data.put(TEXT, text);
    Map<String, Object> metadata = new LinkedHashMap<>();
    metadata.put("image/png", size);
    return new Rendering(data, metadata);
  }
}
