package tare.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * Cuts text into windows of equal length in tokens, without overlap and without special tokens.
 *
 * @param encode text to token ids
 * @param decode token ids to text
 * @param length tokens per window
 */
public record Windows(Function<String, int[]> encode, Function<int[], String> decode, int length) {

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

  /** The tokens of a text. A very long text is tokenized in {@linkplain #parts parts}. */
  public int[] tokens(String text) {
    IntStream.Builder tokens = IntStream.builder();
    parts(text).forEach(part -> Arrays.stream(encode.apply(part)).forEach(tokens::add));
    return tokens.build().toArray();
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
   * very long one in {@linkplain #parts parts}). Tokens after the last whole window are left out.
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
    private final Windows windows;
    private final Iterator<Document> documents;
    private Document document;
    private Iterator<String> parts = Collections.emptyIterator();
    private int[] tokens = {};
    private int at;
    private Sample next;

    Packing(Windows windows, Iterator<Document> documents) {
      this.windows = windows;
      this.documents = documents;
    }

    @Override
    public boolean hasNext() {
      if (next == null) {
        next = window();
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

    /** The next whole window, or null when the documents are used up. */
    private Sample window() {
      int[] window = new int[windows.length()];
      Document first = null;
      for (int filled = 0; filled < window.length; ) {
        if (at == tokens.length) {
          if (!parts.hasNext() && !documents.hasNext()) {
            return null;
          }
          if (!parts.hasNext()) {
            document = documents.next();
            parts = parts(document.text() + JOINT).iterator();
          }
          tokens = windows.encode().apply(parts.next());
          at = 0;
          continue;
        }
        first = first == null ? document : first;
        int n = Math.min(window.length - filled, tokens.length - at);
        System.arraycopy(tokens, at, window, filled, n);
        filled += n;
        at += n;
      }
      return new Sample(first.id(), first.source(), windows.decode().apply(window), window);
    }
  }
}
