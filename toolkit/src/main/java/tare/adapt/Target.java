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
import tare.data.Marks;
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
 * @param notes what a reader must know of it
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
    int items,
    List<String> notes) {

  /** An item that is longer than this part of the text is cut. */
  private static final int SHARES = 10;

  /** Copies the lists. */
  public Target {
    scored = List.copyOf(scored);
    calibrating = List.copyOf(calibrating);
    tests = List.copyOf(tests);
    notes = List.copyOf(notes);
  }

  /** Returns a copy with one more note. */
  Target noted(String note) {
    List<String> more = new ArrayList<>(notes);
    more.add(note);
    return new Target(
        name, weight, guide, deciding, reporting, scored, calibrating, tests, items, more);
  }

  /**
   * A question or a text before the split.
   *
   * @param shown what selectors and scores see
   * @param marks what does not count where it calibrates
   */
  record Item(ReferenceItem shown, Marks marks) {

    String text() {
      return shown.text();
    }

    /** A part of the text, without white space around it. */
    private Item part(int number, int from, int to) {
      String text = text().substring(from, to);
      int first = from + text.length() - text.stripLeading().length();
      String piece = text.strip();
      return new Item(
          new ReferenceItem(shown.id() + "#" + number, "", piece),
          marks.of(first, first + piece.length()));
    }
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
      List<Item> all,
      List<Task> tests,
      TextTokenizer tokenizer,
      Sizes sizes,
      long seed) {
    List<Item> items = shuffled(cut(distinct(all)), seed);
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
        new TaskReference(
            name, items.subList(reported, guided).stream().map(Item::shown).toList(), weight),
        text(name, items.subList(0, decided), sizes.window(), windows),
        text(name, items.subList(decided, reported), sizes.window(), windows),
        items.subList(0, reported).stream().map(Item::text).toList(),
        items.subList(reported, items.size()).stream()
            .map(item -> new Document(item.shown().id(), name, item.text(), item.marks()))
            .toList(),
        tests,
        items.size(),
        List.of());
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

  private static Perplexity text(String name, List<Item> items, int window, int windows) {
    String text =
        items.stream().map(item -> item.text() + Windows.JOINT).collect(Collectors.joining());
    return new Perplexity(name, Sha256.hex(text).substring(0, 12), text, window, windows);
  }

  private static List<Item> distinct(List<Item> all) {
    Set<String> seen = new LinkedHashSet<>();
    return all.stream().filter(item -> seen.add(item.text().strip())).toList();
  }

  private static List<Item> shuffled(List<Item> items, long seed) {
    List<Item> shuffled = new ArrayList<>(items);
    Collections.shuffle(shuffled, new Random(seed));
    return shuffled;
  }

  private static List<Item> cut(List<Item> items) {
    long all = items.stream().mapToLong(item -> item.text().length()).sum();
    int most = (int) Math.min(Integer.MAX_VALUE, Math.max(1, all / SHARES));
    List<Item> cut = new ArrayList<>();
    for (Item item : items) {
      if (item.text().length() <= most || !item.shown().prompt().isEmpty()) {
        cut.add(item);
      } else {
        cut.addAll(pieces(item, Math.max(1, most / 4)));
      }
    }
    return cut;
  }

  /** Pieces of a text that have at least {@code least} characters, but for the last. */
  private static List<Item> pieces(Item whole, int least) {
    String text = whole.text();
    List<Item> pieces = new ArrayList<>();
    for (int from = 0, to; from < text.length(); from = to) {
      to = end(text, Math.min(text.length(), from + least), least);
      if (!text.substring(from, to).isBlank()) {
        pieces.add(whole.part(pieces.size(), from, to));
      }
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
