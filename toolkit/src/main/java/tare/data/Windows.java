package tare.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;

/**
 * Cuts text into windows of equal length in tokens, without overlap and without added tokens.
 *
 * <p>If a document has {@linkplain Marks marks}, they become weights of its tokens. A window in
 * which no token beyond the first has a weight is passed over. Statistics of activations leave the
 * first token out, because it carries massive activations whatever it is.
 *
 * @param encode text to token ids
 * @param places text to the first character and the end of each of its tokens, {@code [tokens][2]}
 * @param decode token ids to text
 * @param length tokens per window
 */
public record Windows(
    Function<String, int[]> encode,
    Function<String, int[][]> places,
    Function<int[], String> decode,
    int length) {

  /** Text between two documents in a window: a blank line. */
  public static final String JOINT = "\n\n";

  /** Characters that are tokenized at once. */
  private static final int MOST = 1 << 22;

  /** Characters of a part of a longer text. */
  private static final int PART = 1 << 20;

  /** Checks the length. */
  public Windows {
    requireLength(length);
  }

  /**
   * One window of a document, among those in which a token beyond the first counts. A very long
   * text is tokenized in {@linkplain #parts parts}.
   *
   * @param place chooses one of the windows, from 0 up to the given number, exclusive
   * @return empty if the document has no such window
   */
  public Optional<Sample> within(Document document, IntUnaryOperator place) {
    Row row = document.marks().isEmpty() ? row(document.text()) : row(document);
    int[] places = row.places(length);
    if (places.length == 0) {
      return Optional.empty();
    }
    Row window = Row.of(length, row.isMarked());
    window.take(row, places[place.applyAsInt(places.length)], 0, length);
    return Optional.of(window.sample(document, decode));
  }

  /** The tokens of a text without marks. */
  private Row row(String text) {
    IntStream.Builder tokens = IntStream.builder();
    parts(text).forEach(part -> Arrays.stream(encode.apply(part)).forEach(tokens::add));
    return new Row(tokens.build().toArray(), new float[0], new boolean[0]);
  }

  /** The tokens of a document with marks. */
  private Row row(Document document) {
    String text = document.text();
    int[] tokens = encode.apply(text);
    int[][] at = places.apply(text);
    if (at.length != tokens.length) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "The tokenizer gives %d tokens and %d places for the text of document %s.",
              tokens.length,
              at.length,
              document.id()));
    }
    boolean[] uncounted = Marks.inside(document.marks().uncounted(), at);
    float[] weights = new float[tokens.length];
    for (int t = 0; t < weights.length; t++) {
      weights[t] = uncounted[t] ? 0 : 1;
    }
    return new Row(tokens, weights, Marks.inside(document.marks().template(), at));
  }

  /**
   * Tokens in a row.
   *
   * @param weights weight of each token; empty if the text has no marks
   * @param template which tokens a chat template wrote; empty if the text has no marks
   */
  private record Row(int[] tokens, float[] weights, boolean[] template) {

    static Row of(int length, boolean marked) {
      return new Row(
          new int[length], new float[marked ? length : 0], new boolean[marked ? length : 0]);
    }

    boolean isMarked() {
      return weights.length > 0;
    }

    /** The first tokens of the windows in which a token beyond the first counts. */
    int[] places(int length) {
      int[] counted = new int[tokens.length + 1];
      for (int t = 0; t < tokens.length; t++) {
        counted[t + 1] = counted[t] + (isMarked() && weights[t] == 0 ? 0 : 1);
      }
      return IntStream.rangeClosed(0, tokens.length - length)
          .filter(t -> counted[t + length] > counted[t + 1])
          .toArray();
    }

    /** Copies tokens from another row. Those of a text without marks count once. */
    void take(Row other, int from, int to, int count) {
      System.arraycopy(other.tokens, from, tokens, to, count);
      if (other.isMarked()) {
        System.arraycopy(other.weights, from, weights, to, count);
        System.arraycopy(other.template, from, template, to, count);
      } else if (isMarked()) {
        Arrays.fill(weights, to, to + count, 1);
        Arrays.fill(template, to, to + count, false);
      }
    }

    Sample sample(Document first, Function<int[], String> decode) {
      int written = 0;
      for (boolean each : template) {
        written += each ? 1 : 0;
      }
      return new Sample(first.id(), first.source(), decode.apply(tokens), tokens, weights, written);
    }
  }

  /**
   * The parts in which a text is tokenized. It is one part up to four million characters; beyond,
   * parts have one million, because a tokenizer keeps several objects for each token. A part begins
   * at a line end or a space after a letter, where most tokenizers begin a token anyway. A
   * tokenizer that marks the beginning of a text gives one more token there.
   */
  static List<String> parts(String text) {
    List<String> parts = new ArrayList<>();
    int from = 0;
    while (text.length() > MOST && text.length() - from > PART) {
      int to = cut(text, from + PART);
      parts.add(text.substring(from, to));
      from = to;
    }
    parts.add(text.substring(from));
    return parts;
  }

  /** The place before or at {@code end} where a part ends. It never divides a character. */
  private static int cut(String text, int end) {
    for (char sign : new char[] {'\n', ' '}) {
      for (int at = end; at > end - PART / 2; at--) {
        if (text.charAt(at) == sign && Character.isLetter(text.charAt(at - 1))) {
          return at;
        }
      }
    }
    return Character.isLowSurrogate(text.charAt(end)) ? end - 1 : end;
  }

  /**
   * Packs documents one after another, each followed by a blank line, and cuts them into windows in
   * order. Each document is tokenized when it is reached, by itself together with its blank line (a
   * very long one in {@linkplain #parts parts}). A document with marks ends as its text does,
   * without a blank line. Tokens after the last whole window are left out.
   */
  public Iterator<Sample> pack(Iterable<Document> documents) {
    return new Packing(this, documents.iterator());
  }

  /**
   * The first windows of a text that is already tokenized.
   *
   * @param tokens token ids of the whole text
   * @param length tokens per window
   * @param most largest number of windows
   * @return {@code [window][length]}; a shorter rest is left out
   */
  public static List<int[]> cut(int[] tokens, int length, int most) {
    requireLength(length);
    List<int[]> windows = new ArrayList<>();
    for (int at = 0; at + length <= tokens.length && windows.size() < most; at += length) {
      windows.add(Arrays.copyOfRange(tokens, at, at + length));
    }
    return windows;
  }

  private static void requireLength(int length) {
    if (length < 2) {
      throw new IllegalArgumentException("A window needs at least 2 tokens; got " + length + ".");
    }
  }

  private static final class Packing implements Iterator<Sample> {
    private static final Row NOTHING = new Row(new int[0], new float[0], new boolean[0]);

    private final Windows windows;
    private final Iterator<Document> documents;
    private Document document;
    private Iterator<Row> rows = Collections.emptyIterator();
    private Row row = NOTHING;
    private int at;
    private Sample next;

    Packing(Windows windows, Iterator<Document> documents) {
      this.windows = windows;
      this.documents = documents;
    }

    @Override
    public boolean hasNext() {
      boolean isMore = true;
      while (next == null && isMore) {
        Optional<Sample> window = window();
        isMore = window.isPresent();
        next = window.filter(sample -> sample.countedBeyondFirst() > 0).orElse(null);
      }
      return next != null;
    }

    @Override
    public Sample next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      Sample sample = next;
      next = null;
      return sample;
    }

    /** The next whole window; empty when the documents are used up. */
    private Optional<Sample> window() {
      Row window = Row.of(windows.length(), true);
      Document first = null;
      for (int filled = 0; filled < windows.length(); ) {
        if (at == row.tokens().length) {
          if (!rows.hasNext() && !documents.hasNext()) {
            return Optional.empty();
          }
          if (!rows.hasNext()) {
            document = documents.next();
            rows = rows(document);
          }
          row = rows.next();
          at = 0;
          continue;
        }
        first = first == null ? document : first;
        int n = Math.min(windows.length() - filled, row.tokens().length - at);
        window.take(row, at, filled, n);
        filled += n;
        at += n;
      }
      return Optional.of(window.sample(first, windows.decode()));
    }

    /** The parts of a document, each tokenized when it is reached. */
    private Iterator<Row> rows(Document reached) {
      return reached.marks().isEmpty()
          ? parts(reached.text() + JOINT).stream().map(windows::row).iterator()
          : List.of(windows.row(reached)).iterator();
    }
  }
}
