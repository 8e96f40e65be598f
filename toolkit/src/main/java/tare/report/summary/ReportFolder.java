package tare.report.summary;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.knowm.xchart.internal.chartpart.Chart;
import tare.report.figure.ChartImage;
import tech.tablesaw.api.Table;

/**
 * The files of a report: each table as CSV and Markdown, each figure as PNG, and one page with all
 * of them.
 */
final class ReportFolder {

  private static final String PAGE = "report.md";

  private final Path folder;
  private final List<Path> files = new ArrayList<>();
  private final Set<String> names = new HashSet<>();
  private final StringBuilder page = new StringBuilder();

  /** A folder, made at the first write. */
  ReportFolder(Path folder) {
    this.folder = folder;
  }

  /** Writes a table, unless it is empty. */
  void table(String name, Table table) {
    if (table.rowCount() == 0) {
      return;
    }
    String file = file(name);
    String markdown = MarkdownTable.text(table);
    write(file + ".csv", table.write().toString("csv").getBytes(StandardCharsets.UTF_8));
    write(file + ".md", markdown.getBytes(StandardCharsets.UTF_8));
    page.append("\n## ").append(name).append("\n\n");
    page.append(
        table.rowCount() <= 40
            ? markdown
            : String.format(
                Locale.ROOT, "%d rows: [%s.csv](%s.csv)%n", table.rowCount(), file, file));
  }

  /** Writes a figure. */
  void figure(String name, Chart<?, ?> chart) {
    String file = file(name) + ".png";
    write(file, ChartImage.png(chart));
    page.append("\n![").append(chart.getTitle()).append("](").append(file).append(")\n");
  }

  /** Writes the page and lists all files. */
  List<Path> finish(String title) {
    write(PAGE, ("# " + title + "\n" + page).getBytes(StandardCharsets.UTF_8));
    return List.copyOf(files);
  }

  /** A file name without an ending, which no other table or figure has. */
  private String file(String name) {
    String plain =
        name.toLowerCase(Locale.ROOT).replaceAll("[^\\p{L}\\p{N}.:]+", "-").replace(":", "of");
    String free = plain;
    for (int i = 2; !names.add(free); i++) {
      free = plain + "-" + i;
    }
    return free;
  }

  private void write(String name, byte[] content) {
    try {
      Files.createDirectories(folder);
      files.add(Files.write(folder.resolve(name), content));
    } catch (IOException e) {
      throw new UncheckedIOException(
          folder.resolve(name) + " cannot be written: " + e.getMessage(), e);
    }
  }
}
