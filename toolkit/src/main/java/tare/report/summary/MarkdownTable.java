package tare.report.summary;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import tech.tablesaw.api.NumericColumn;
import tech.tablesaw.api.Table;

/** Writes a table as Markdown, with numbers formatted for readers. */
public final class MarkdownTable {

  private MarkdownTable() {}

  /** The text of all rows. Numbers are aligned on the right. */
  public static String text(Table table) {
    String head = line(table.columnNames());
    String rule =
        line(
            table.columns().stream()
                .map(column -> column instanceof NumericColumn ? "---:" : "---")
                .toList());
    return IntStream.range(0, table.rowCount())
        .mapToObj(
            row ->
                line(
                    table.columns().stream()
                        .map(column -> escaped(column.getString(row)))
                        .toList()))
        .collect(Collectors.joining("", head + rule, ""));
  }

  /** What would end a cell or a line, or be HTML, stands as plain text. */
  private static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("|", "\\|")
        .replaceAll("\\R", " ");
  }

  private static String line(List<String> cells) {
    return cells.stream().collect(Collectors.joining(" | ", "| ", " |\n"));
  }
}
