package tare.evaluate.benchmark;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tare.evaluate.Fields;
import tare.evaluate.PythonText;
import tare.evaluate.SolvedItem;
import tare.evaluate.WholeTexts;

/**
 * Turns records into whole texts. Marks of earlier tokenization are removed, as in
 * lm-evaluation-harness.
 *
 * @param texts gives the texts of all records, as published
 */
record WholeTextReader(Function<List<Fields>, List<String>> texts) implements RecordReader {

  /** A replacement. Replacements are applied in their order. */
  private record Change(Pattern what, String by) {

    static Change text(String what, String by) {
      return new Change(Pattern.compile(what, Pattern.LITERAL), Matcher.quoteReplacement(by));
    }

    /** Removes white space at the inner sides of brackets or quotation marks. */
    static Change inside(String open, String not, String close) {
      String what = "(?U)%s\\s*([^%s]*?)\\s*%s".formatted(open, not, close);
      return new Change(Pattern.compile(what), open + "$1" + close);
    }
  }

  private static final List<Change> CHANGES =
      List.of(
          Change.text("s '", "s'"),
          Change.text(" @-@ ", "-"),
          Change.text(" @,@ ", ","),
          Change.text(" @.@ ", "."),
          Change.text(" : ", ": "),
          Change.text(" ; ", "; "),
          Change.text(" . ", ". "),
          Change.text(" ! ", "! "),
          Change.text(" ? ", "? "),
          Change.text(" , ", ", "),
          Change.inside("\\(", "\\)", "\\)"),
          Change.inside("\\[", "\\]", "\\]"),
          Change.inside("\\{", "\\}", "\\}"),
          Change.inside("\"", "\"", "\""),
          Change.inside("'", "'", "'"),
          Change.text("= = = =", "===="),
          Change.text("= = =", "==="),
          Change.text("= =", "=="),
          Change.text(" ° ", "°"),
          Change.text(" \n", "\n"),
          Change.text("\n ", "\n"),
          Change.text(" N ", " 1 "),
          Change.text(" 's", "'s"));

  @Override
  public WholeTexts task(
      String name, String version, List<Fields> records, List<Fields> examples, int limit) {
    List<String> published = texts.apply(records);
    List<WholeTexts.Item> items = new ArrayList<>();
    for (String text : published.subList(0, Math.min(limit, published.size()))) {
      items.add(
          new WholeTexts.Item(
              String.format(Locale.ROOT, "%05d", items.size()),
              plain(text),
              PythonText.words(text),
              text.getBytes(StandardCharsets.UTF_8).length));
    }
    return new WholeTexts(name, version, items);
  }

  @Override
  public SolvedItem solved(String id, Fields record) {
    return new SolvedItem(id, plain(record.text("page", "text")), "");
  }

  static String plain(String text) {
    String plain = text;
    for (Change change : CHANGES) {
      plain = change.what().matcher(plain).replaceAll(change.by());
    }
    return plain;
  }

  /** Takes each record as one text. */
  static List<String> each(List<Fields> records) {
    return records.stream().map(record -> record.text("text")).toList();
  }

  /**
   * Joins records into the pages of WikiText (Merity et al. 2016). A page begins with a heading of
   * the first level, such as {@code = Robert Boulter =}. Records are pages or lines. A blank line
   * may have lost its single space.
   */
  static List<String> wikiPages(List<Fields> records) {
    if (records.get(0).has("page")) {
      return records.stream().map(record -> record.text("page")).toList();
    }
    List<String> pages = new ArrayList<>();
    StringBuilder page = new StringBuilder();
    for (Fields record : records) {
      String text = record.text("text");
      String line = text.isEmpty() ? " " : text.replaceFirst("\n$", "");
      String heading = PythonText.strip(line.replace("= = =", "===").replace("= =", "=="));
      if (heading.startsWith("= ") && heading.endsWith(" =")) {
        if (!page.toString().isBlank()) {
          pages.add(page.substring(0, page.length() - 1));
        }
        page.setLength(0);
      }
      page.append(line).append('\n');
    }
    pages.add(page.toString());
    return pages;
  }
}
