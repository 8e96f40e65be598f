package tare.report.summary;

import java.util.stream.Collectors;
import java.util.stream.IntStream;
import tech.tablesaw.api.NumericColumn;
import tech.tablesaw.api.Table;
import tech.tablesaw.columns.Column;

/** A table as plain HTML: no style sheet and no script, so that every viewer shows it. */
public final class HtmlTable {

  /** Longer tables are cut here, with a sentence that says so. */
  public static final int MOST_ROWS = 60;

  /** Of a longer table these rows are open, and the whole is folded below them. */
  private static final int OPEN_ROWS = 10;

  private HtmlTable() {}

  /**
   * The text of the rows, numbers aligned on the right. A table of more than ten rows shows ten,
   * and the whole when it is opened, cut at {@link #MOST_ROWS}.
   */
  public static String html(Table table) {
    if (table.rowCount() <= OPEN_ROWS) {
      return first(table, OPEN_ROWS);
    }
    String whole = table.rowCount() > MOST_ROWS ? "The first " + MOST_ROWS + " of " : "All ";
    return first(table, OPEN_ROWS)
        + "\n<details><summary>"
        + whole
        + table.rowCount()
        + " rows</summary>\n"
        + first(table, MOST_ROWS)
        + "\n</details>";
  }

  private static String first(Table table, int rows) {
    String head =
        table.columns().stream()
            .map(column -> cell("th", column, column.name()))
            .collect(Collectors.joining("", "<tr>", "</tr>"));
    String body =
        IntStream.range(0, Math.min(table.rowCount(), rows))
            .mapToObj(row -> row(table, row))
            .collect(Collectors.joining("\n"));
    return "<table>\n<thead>" + head + "</thead>\n<tbody>\n" + body + "\n</tbody>\n</table>";
  }

  private static String row(Table table, int row) {
    return table.columns().stream()
        .map(column -> cell("td", column, column.getString(row)))
        .collect(Collectors.joining("", "<tr>", "</tr>"));
  }

  private static String cell(String tag, Column<?> column, String text) {
    String align = column instanceof NumericColumn ? "right" : "left";
    return "<" + tag + " align=\"" + align + "\">" + escaped(text) + "</" + tag + ">";
  }

  /** Text without the signs of HTML. */
  static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
