package tare.report.summary;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;
import org.knowm.xchart.internal.chartpart.Chart;
import tare.data.WholeFile;
import tare.report.figure.ChartImage;
import tech.tablesaw.api.Table;

/**
 * A page of sentences, tables and figures, written once as Markdown and once as HTML. The HTML file
 * stands alone: it holds its figures, and needs no script.
 */
public final class ReportPage {

  private static final String STYLE =
      """
      body { font: 16px/1.5 sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em; }
      table { border-collapse: collapse; margin: 1em 0; font-size: 14px; }
      th, td { padding: 0.2em 0.7em; border-bottom: 1px solid #ddd; }
      img { max-width: 100%; }
      pre { background: #f4f4f4; padding: 0.8em; white-space: pre-wrap; }
      """;

  private final String title;
  private final StringBuilder markdown = new StringBuilder();
  private final StringBuilder html = new StringBuilder();
  private final List<Image> images = new ArrayList<>();

  /** A figure's file. */
  private record Image(String file, byte[] bytes) {}

  /** An empty page. */
  public ReportPage(String title) {
    this.title = title;
    markdown.append("# ").append(title).append('\n');
  }

  /** Begins a section. */
  public ReportPage section(String name) {
    markdown.append("\n## ").append(name).append('\n');
    html.append("<h2>").append(HtmlTable.escaped(name)).append("</h2>\n");
    return this;
  }

  /** Adds a paragraph of sentences. */
  public ReportPage paragraph(String text) {
    markdown.append('\n').append(text).append('\n');
    html.append("<p>").append(HtmlTable.escaped(text)).append("</p>\n");
    return this;
  }

  /** Adds a list; none if it is empty. */
  public ReportPage list(List<String> points) {
    if (points.isEmpty()) {
      return this;
    }
    markdown.append('\n');
    points.forEach(each -> markdown.append("- ").append(each.replaceAll("\\R", " ")).append('\n'));
    html.append(
        points.stream()
            .map(each -> "<li>" + HtmlTable.escaped(each) + "</li>\n")
            .collect(Collectors.joining("", "<ul>\n", "</ul>\n")));
    return this;
  }

  /** Adds a table. */
  public ReportPage table(Table table) {
    markdown.append('\n').append(MarkdownTable.text(table));
    html.append(HtmlTable.html(table)).append('\n');
    return this;
  }

  /**
   * Adds a figure.
   *
   * @param file name of the PNG file beside the Markdown page
   */
  public ReportPage figure(String file, Chart<?, ?> chart) {
    byte[] png = ChartImage.png(chart);
    images.add(new Image(file, png));
    String caption = chart.getTitle();
    markdown.append("\n![").append(caption).append("](").append(file).append(")\n");
    html.append("<p><img alt=\"")
        .append(HtmlTable.escaped(caption))
        .append("\" src=\"data:image/png;base64,")
        .append(Base64.getEncoder().encodeToString(png))
        .append("\"></p>\n");
    return this;
  }

  /** Adds a command, as it is typed. */
  public ReportPage command(String text) {
    markdown.append("\n```\n").append(text).append("\n```\n");
    html.append("<pre>").append(HtmlTable.escaped(text)).append("</pre>\n");
    return this;
  }

  /**
   * Writes {@code report.md}, {@code report.html} and the figures.
   *
   * @throws IOException if a file cannot be written
   */
  public void write(Path folder) throws IOException {
    for (Image image : images) {
      WholeFile.write(folder.resolve(image.file()), to -> to.write(image.bytes()));
    }
    String page =
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>%s</title>\n<style>\n%s</style></head>\n<body>\n<h1>%s</h1>\n%s</body>\n</html>\n"
            .formatted(HtmlTable.escaped(title), STYLE, HtmlTable.escaped(title), html);
    WholeFile.write(
        folder.resolve("report.html"), to -> to.write(page.getBytes(StandardCharsets.UTF_8)));
    WholeFile.write(
        folder.resolve("report.md"),
        to -> to.write(markdown.toString().getBytes(StandardCharsets.UTF_8)));
  }
}
