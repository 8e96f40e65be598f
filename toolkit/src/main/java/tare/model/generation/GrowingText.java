package tare.model.generation;

import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;
import tare.model.TextTokenizer;
import tare.model.generation.Generation.GeneratedTokens;
import tare.model.generation.Generation.TokenRule;

/** A text while it is being written. */
final class GrowingText {

  private static final String REPLACEMENT = "\ufffd"; // stands for bytes that are no letter

  private final Prompt prompt;
  private final TextTokenizer tokenizer;
  private final Set<Integer> endOfText;
  private final RandomGenerator random;
  private final int[] last; // token of the prompt; none if it is no text or a part of a letter
  private final String lastText;
  private int[] tokens; // the prompt and the written tokens
  private float[] logits = new float[0]; // of the next token
  private Optional<GeneratedTokens> whole = Optional.empty();

  GrowingText(
      Prompt prompt, TextTokenizer tokenizer, Set<Integer> endOfText, RandomGenerator random) {
    this.prompt = prompt;
    this.tokenizer = tokenizer;
    this.endOfText = endOfText;
    this.random = random;
    tokens = prompt.tokens();
    int[] end =
        Arrays.copyOfRange(tokens, Math.max(1, tokens.length - 1), Math.max(1, tokens.length));
    String text = tokenizer.decode(end);
    boolean whole = !text.contains(REPLACEMENT);
    last = whole ? end : new int[0];
    lastText = whole ? text : "";
  }

  Prompt prompt() {
    return prompt;
  }

  /** The tokens of the prompt and the written tokens. */
  int[] tokens() {
    return tokens;
  }

  boolean isEnded() {
    return whole.isPresent();
  }

  /** The finished text; empty while the text is growing. */
  GeneratedTokens written() {
    return whole.orElseGet(() -> new GeneratedTokens(new int[0], "", GeneratedTokens.End.LENGTH));
  }

  /** Takes a copy of the next token's logits, {@code [vocabulary]}, unless the text has ended. */
  void see(FloatBuffer next) {
    if (isEnded()) {
      return;
    }
    if (logits.length == 0) {
      logits = new float[next.remaining()];
    }
    next.get(logits);
  }

  /**
   * Writes one token. An end-of-text token or a completed stop string ends the text.
   *
   * @throws IllegalArgumentException if the logits are not numbers
   */
  void add(TokenRule rule) {
    requireNumbers();
    int token = rule.choose(logits, tokens, random);
    if (endOfText.contains(token)) {
      end(GeneratedTokens.End.END_OF_TEXT);
      return;
    }
    tokens = Arrays.copyOf(tokens, tokens.length + 1);
    tokens[tokens.length - 1] = token;
    if (!prompt.until().isEmpty() && stop(text()) >= 0) {
      end(GeneratedTokens.End.STOP_STRING);
    } else if (tokens.length - prompt.tokens().length == prompt.maxTokens()) {
      end(GeneratedTokens.End.LENGTH);
    }
  }

  private void requireNumbers() {
    for (float each : logits) {
      if (!(each < Float.POSITIVE_INFINITY)) { // minus infinity is a word that is never written
        throw new IllegalArgumentException(
            "The model's logits are not finite, so it cannot write: its activations overflow, or"
                + " the checkpoint is broken.");
      }
    }
  }

  private void end(GeneratedTokens.End why) {
    logits = new float[0];
    String text = text();
    int stop = stop(text);
    int[] written = Arrays.copyOfRange(tokens, prompt.tokens().length, tokens.length);
    whole =
        Optional.of(new GeneratedTokens(written, stop < 0 ? text : text.substring(0, stop), why));
  }

  /**
   * What follows the prompt. It is decoded together with the prompt's last token, because some
   * tokenizers drop the space at the beginning of a text.
   */
  private String text() {
    int from = prompt.tokens().length;
    String text = tokenizer.decode(Arrays.copyOfRange(tokens, from - last.length, tokens.length));
    return text.startsWith(lastText)
        ? text.substring(lastText.length())
        : tokenizer.decode(Arrays.copyOfRange(tokens, from, tokens.length));
  }

  /** Position of the first stop string, or -1. */
  private int stop(String text) {
    return prompt.until().stream().mapToInt(text::indexOf).filter(at -> at >= 0).min().orElse(-1);
  }
}
