package tare.adapt;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import tare.data.Document;
import tare.data.Sha256;
import tare.data.Windows;
import tare.evaluate.Perplexity;
import tare.evaluate.Task;
import tare.model.TextTokenizer;
import tare.select.ReferenceItem;
import tare.select.TaskReference;

/**
 * One text that the compressed model is for, split once into three parts that share no item. The
 * first guides the choice of calibration sets, the second decides between the sets, the third is
 * only reported.
 *
 * @param name the task's name, or the file's name without its ending
 * @param weight how much it counts among the targets; the weights of a purpose sum to 1
 * @param guide the items that selectors may look at
 * @param deciding windows on which candidates are compared
 * @param reporting windows on which the taken set is reported
 * @param scored the texts of the items that decide or are reported
 * @param calibrating all items that are neither decided nor reported on; a calibration set may
 *     consist of them
 * @param tests what is scored before and after, with test items of its own; empty for a text
 * @param items number of different items of all parts
 */
public record Target(
    String name,
    double weight,
    TaskReference guide,
    Perplexity deciding,
    Perplexity reporting,
    List<String> scored,
    List<Document> calibrating,
    List<Task> tests,
    int items) {

  /** An item that is longer than this part of the text is cut. */
  private static final int SHARES = 10;

  /** Copies the lists. */
  public Target {
    scored = List.copyOf(scored);
    calibrating = List.copyOf(calibrating);
    tests = List.copyOf(tests);
  }

  /**
   * The sizes of the parts.
   *
   * @param window tokens of a window
   * @param windows windows of the deciding part, and of the reporting part, at most
   * @param guiding tokens of the guiding part, at most
   */
  public record Sizes(int window, int windows, int guiding) {

    /** Checks the numbers. */
    public Sizes {
      if (window < 2 || windows < 2 || guiding < window) {
        throw new IllegalArgumentException(
            "The parts of a target need 2 or more windows of 2 or more tokens each; got windows "
                + windows
                + " x "
                + window
                + ", and "
                + guiding
                + " tokens that guide.");
      }
    }
  }

  /**
   * Splits items at random. An item that is longer than a tenth of the text is cut first, at ends
   * of paragraphs, lines or words. Equal items count once.
   *
   * @param all the items, in any fixed order
   * @param tests tasks with test items; these are not part of {@code all}
   * @throws IllegalArgumentException if the text has fewer than two windows for each part
   */
  static Target split(
      String name,
      double weight,
      List<ReferenceItem> all,
      List<Task> tests,
      TextTokenizer tokenizer,
      Sizes sizes,
      long seed) {
    List<ReferenceItem> items = shuffled(cut(distinct(all)), seed);
    int[] lengths =
        items.stream()
            .mapToInt(item -> tokenizer.encode(item.text() + Windows.JOINT).length)
            .toArray();
    long tokens = 0;
    for (int length : lengths) {
      tokens += length;
    }
    int windows = (int) Math.min(sizes.windows(), tokens / 3 / sizes.window());
    if (windows < 2) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "--for %s has %d tokens of text that may be learned from. Its three parts (to guide, to decide, to report) need 2 windows of %d tokens each, %d tokens in all: give more text, or a smaller --window.",
              name,
              tokens,
              sizes.window(),
              6 * sizes.window()));
    }
    long need = (long) windows * sizes.window();
    int decided = reach(lengths, 0, need);
    int reported = reach(lengths, decided, need);
    int guided = Math.min(items.size(), reach(lengths, reported, sizes.guiding()));
    if (reported >= items.size()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "--for %s has %d items, too few to split into three parts: give more text, or a smaller --window.",
              name,
              items.size()));
    }
    return new Target(
        name,
        weight,
        new TaskReference(name, items.subList(reported, guided), weight),
        text(name, items.subList(0, decided), sizes.window(), windows),
        text(name, items.subList(decided, reported), sizes.window(), windows),
        items.subList(0, reported).stream().map(ReferenceItem::text).toList(),
        items.subList(reported, items.size()).stream()
            .map(item -> new Document(item.id(), name, item.text()))
            .toList(),
        tests,
        items.size());
  }

  /** The first index at which this many tokens are behind the start. */
  private static int reach(int[] lengths, int from, long tokens) {
    long sum = 0;
    int at = from;
    while (at < lengths.length && sum < tokens) {
      sum += lengths[at];
      at++;
    }
    return at;
  }

  private static Perplexity text(String name, List<ReferenceItem> items, int window, int windows) {
    String text =
        items.stream().map(item -> item.text() + Windows.JOINT).collect(Collectors.joining());
    return new Perplexity(name, Sha256.hex(text).substring(0, 12), text, window, windows);
  }

  private static List<ReferenceItem> distinct(List<ReferenceItem> all) {
    Set<String> seen = new LinkedHashSet<>();
    return all.stream().filter(item -> seen.add(item.text().strip())).toList();
  }

  private static List<ReferenceItem> shuffled(List<ReferenceItem> items, long seed) {
    List<ReferenceItem> shuffled = new ArrayList<>(items);
    Collections.shuffle(shuffled, new Random(seed));
    return shuffled;
  }

  private static List<ReferenceItem> cut(List<ReferenceItem> items) {
    long all = items.stream().mapToLong(item -> item.text().length()).sum();
    int most = (int) Math.min(Integer.MAX_VALUE, Math.max(1, all / SHARES));
    List<ReferenceItem> cut = new ArrayList<>();
    for (ReferenceItem item : items) {
      if (item.text().length() <= most || !item.prompt().isEmpty()) {
        cut.add(item);
        continue;
      }
      int part = 0;
      for (String piece : pieces(item.text(), Math.max(1, most / 4))) {
        cut.add(new ReferenceItem(item.id() + "#" + part++, "", piece));
      }
    }
    return cut;
  }

  /** Pieces of a text that have at least {@code least} characters, but for the last. */
  private static List<String> pieces(String text, int least) {
    List<String> pieces = new ArrayList<>();
    for (int from = 0; from < text.length(); ) {
      int to = end(text, Math.min(text.length(), from + least), least);
      String piece = text.substring(from, to).strip();
      if (!piece.isEmpty()) {
        pieces.add(piece);
      }
      from = to;
    }
    return pieces;
  }

  /** The end of the paragraph, line or word that is next behind a place and near it. */
  private static int end(String text, int place, int near) {
    for (String sign : List.of("\n\n", "\n", " ")) {
      int at = text.indexOf(sign, place);
      if (at >= 0 && at - place <= near) {
        return at + sign.length();
      }
    }
    return place < text.length() && Character.isLowSurrogate(text.charAt(place))
        ? place + 1
        : place;
  }
}
