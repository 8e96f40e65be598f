package tare.select;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import tare.data.Sample;
import tare.model.TextTokenizer;

/**
 * Numbers the distinct words or word pieces of windows. A token counts as its own text in lower
 * case without spaces. Special tokens and tokens without text do not count.
 */
public final class Vocabulary {

  private static final Pattern SPECIAL = Pattern.compile("<\\|.*\\|>|</?s>|<unk>|<pad>");
  private static final Pattern NO_WORD = Pattern.compile("[^\\p{L}\\p{N}]+");
  private static final int NONE = -1;

  /** The counted unit. */
  public enum Unit {
    /** Tokens of the model, each decoded alone. */
    TOKENS,
    /** Runs of letters and digits in the window's text. */
    WORDS
  }

  private final TextTokenizer tokenizer;
  private final Map<Integer, Integer> ofToken = new HashMap<>();
  private final Map<String, Integer> ofText = new HashMap<>();

  /** An empty vocabulary, which grows with each window. */
  public Vocabulary(TextTokenizer tokenizer) {
    this.tokenizer = tokenizer;
  }

  /** Whether a token has text of its own. */
  boolean hasText(int token) {
    return number(token) != NONE;
  }

  /** The numbers of a window's units in the order of the text, repetitions included. */
  int[] units(Sample window, Unit unit) {
    if (unit == Unit.TOKENS) {
      return Arrays.stream(window.tokens()).map(this::number).filter(n -> n != NONE).toArray();
    }
    return NO_WORD
        .splitAsStream(window.text().toLowerCase(Locale.ROOT))
        .filter(word -> !word.isEmpty())
        .mapToInt(this::number)
        .toArray();
  }

  /** The numbers of a window's distinct units, V_s in ZipCal's notation, in rising order. */
  int[] distinct(Sample window, Unit unit) {
    return Arrays.stream(units(window, unit)).sorted().distinct().toArray();
  }

  /** Number of different units so far. Their numbers are from 0 to one less. */
  int size() {
    return ofText.size();
  }

  private int number(int token) {
    return ofToken.computeIfAbsent(
        token,
        unseen -> {
          String text = tokenizer.decode(new int[] {token}).toLowerCase(Locale.ROOT);
          String bare = text.replaceAll("\\s", "");
          return bare.isEmpty() || SPECIAL.matcher(bare).matches() ? NONE : number(bare);
        });
  }

  private int number(String text) {
    return ofText.computeIfAbsent(text, unseen -> ofText.size());
  }
}
