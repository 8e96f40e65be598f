package tare.model.generation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CancellationException;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import tare.model.DecoderModel;
import tare.model.KeyValueCache;
import tare.model.ModelConfig;
import tare.model.Positions;
import tare.model.Prefix;
import tare.model.SpecialTokens;
import tare.model.TextTokenizer;

/**
 * Generates text with a decoder.
 *
 * <pre>{@code
 * Checkpoint checkpoint = Checkpoint.open(Path.of("data/tiny"));
 * try (DecoderModel model = DecoderModel.load(checkpoint, Device.cpu(), Precision.F32)) {
 *   Generation generation = Generation.of(model);
 *   RandomGenerator random = new SplittableRandom(1);
 *   System.out.println(generation.write("Once upon", 20, Sampling.at(0.8), random).text());
 * }
 * }</pre>
 *
 * <p>Prompts are read a few at a time, padded on the right. What all of them begin with is read
 * once, unless the angles of positions depend on the length of a text. Each step then writes one
 * token of each text and adds its keys and values to the cache. The choice of prompts in a batch
 * changes a text only through the rounding of sums.
 *
 * @param model the decoder, which the caller closes
 * @param endOfText tokens that end a text ({@link SpecialTokens#endOfText()}); may be empty
 */
public record Generation(DecoderModel model, Set<Integer> endOfText) {

  private static final int ROWS = 32;
  private static final int PROMPT_TOKENS = 2048;
  private static final long CACHE_BYTES = 1L << 28;
  private static final int LEAST_SHARED = 64; // a shorter beginning is not run on its own

  /** A generation that stops at the end-of-text tokens of the model's checkpoint. */
  public static Generation of(DecoderModel model) {
    return new Generation(model, SpecialTokens.of(model.checkpoint()).endOfText());
  }

  /**
   * Continues a prompt.
   *
   * @param prompt text, tokenized by {@link TextTokenizer#encode}
   * @throws IllegalArgumentException as {@link #write(List, TokenRule, RandomGenerator)}
   */
  public GeneratedTokens write(
      String prompt, int maxTokens, TokenRule rule, RandomGenerator random) {
    int[] tokens = model.checkpoint().tokenizer().encode(prompt);
    return write(List.of(new Prompt(tokens, List.of(), maxTokens)), rule, random).get(0);
  }

  /**
   * Continues several prompts.
   *
   * @param rule how each token is chosen
   * @param random gives each prompt, in order, the seed of its own generator
   * @return the written texts, in the order of the prompts
   * @throws IllegalArgumentException if a prompt is empty, prompt and answer together may exceed
   *     the model's context, or the model's logits are not numbers
   * @throws CancellationException if the thread is interrupted
   */
  public List<GeneratedTokens> write(List<Prompt> prompts, TokenRule rule, RandomGenerator random) {
    List<GrowingText> drafts = new ArrayList<>();
    for (Prompt prompt : prompts) {
      if (prompt.tokens().length == 0) {
        throw new IllegalArgumentException(
            "A prompt has no tokens: begin it with the model's first token"
                + " (SpecialTokens.beginOfText) or with text.");
      }
      model.checkpoint().config().requireFits(prompt.tokens().length + prompt.maxTokens());
      RandomGenerator own = new SplittableRandom(random.nextLong());
      drafts.add(new GrowingText(prompt, model.checkpoint().tokenizer(), endOfText, own));
    }
    List<GrowingText> longestFirst = new ArrayList<>(drafts);
    longestFirst.removeIf(draft -> draft.prompt().maxTokens() < 1);
    longestFirst.sort(
        Comparator.comparingInt((GrowingText d) -> d.prompt().tokens().length).reversed());
    int[] beginning = beginning(longestFirst);
    if (beginning.length < LEAST_SHARED || stretch(longestFirst)) {
      writeBatches(longestFirst, Optional.empty(), rule);
    } else {
      try (Prefix prefix = model.prefix(beginning)) {
        writeBatches(longestFirst, Optional.of(prefix), rule);
      }
    }
    return drafts.stream().map(GrowingText::written).toList();
  }

  /** What all of several prompts begin with, less the last token of each. */
  private static int[] beginning(List<GrowingText> drafts) {
    if (drafts.size() < 2) {
      return new int[0];
    }
    int[] first = drafts.get(0).prompt().tokens();
    int shared = first.length - 1;
    for (GrowingText draft : drafts) {
      int[] other = draft.prompt().tokens();
      int mismatch = Arrays.mismatch(first, 0, shared, other, 0, other.length - 1);
      shared = mismatch < 0 ? shared : mismatch;
    }
    return Arrays.copyOf(first, shared);
  }

  private void writeBatches(
      List<GrowingText> longestFirst, Optional<Prefix> before, TokenRule rule) {
    int shared = before.map(Prefix::tokens).orElse(0);
    for (int start = 0, end; start < longestFirst.size(); start = end) {
      end = start + 1;
      while (end < longestFirst.size() && fit(longestFirst.subList(start, end + 1), shared)) {
        end++;
      }
      writeBatch(longestFirst.subList(start, end), before, rule);
    }
  }

  /**
   * Whether texts can be written together. Their cache takes at most half of the memory of the
   * weights, or 256 MiB. Where the angles of positions depend on the length of a text, each is
   * written alone.
   *
   * @param shared tokens of their beginning that are in memory once
   */
  private boolean fit(List<GrowingText> drafts, int shared) {
    return drafts.size() <= ROWS
        && drafts.size() * model.cacheBytes(places(drafts) - shared)
            <= Math.max(CACHE_BYTES, model.weightBytes() / 2)
        && !stretch(drafts);
  }

  /**
   * Whether angles of positions depend on the lengths of the texts. Then none shares anything with
   * another.
   *
   * @param longestFirst the texts, that with the longest prompt first
   */
  private boolean stretch(List<GrowingText> longestFirst) {
    return model.checkpoint().config().stretchesWithin(places(longestFirst));
  }

  /** Room for the longest prompt and the longest answer, in tokens. */
  private static int places(List<GrowingText> longestFirst) {
    return longestFirst.get(0).prompt().tokens().length
        + longestFirst.stream().mapToInt(draft -> draft.prompt().maxTokens()).max().orElseThrow();
  }

  private void writeBatch(List<GrowingText> drafts, Optional<Prefix> before, TokenRule rule) {
    int longest = drafts.get(0).prompt().tokens().length;
    List<GrowingText> open = drafts;
    try (KeyValueCache cache = model.cache(drafts.size(), places(drafts), before)) {
      readPrompts(drafts, longest, cache, rule);
      while (!open.stream().allMatch(GrowingText::isEnded)) {
        requireNotInterrupted();
        open = withoutEnded(open, cache);
        readLast(open, longest, cache, rule);
      }
    }
  }

  private static void requireNotInterrupted() {
    if (Thread.currentThread().isInterrupted()) {
      throw new CancellationException("interrupted while writing");
    }
  }

  /** Reads the prompts, a few at a time, and chooses the token after each. */
  private void readPrompts(
      List<GrowingText> drafts, int longest, KeyValueCache cache, TokenRule rule) {
    int read = cache.tokens();
    for (int start = 0, end; start < drafts.size(); start = end) {
      requireNotInterrupted();
      int own = drafts.get(start).prompt().tokens().length - read;
      end = Math.min(drafts.size(), start + Math.max(1, PROMPT_TOKENS / own));
      List<GrowingText> some = drafts.subList(start, end);
      try (KeyValueCache rows = cache.rows(start, end)) {
        readPrompts(some, rows, rule);
      }
    }
    cache.advance(longest - read);
  }

  /** Runs what the cache does not hold of the prompts, and chooses the token after each. */
  private void readPrompts(List<GrowingText> drafts, KeyValueCache cache, TokenRule rule) {
    int longest = drafts.get(0).prompt().tokens().length;
    int[][] tokens = new int[drafts.size()][];
    int[] last = new int[drafts.size()];
    int read = cache.tokens();
    for (int row = 0; row < tokens.length; row++) {
      int[] prompt = drafts.get(row).prompt().tokens();
      tokens[row] = Arrays.copyOfRange(prompt, read, longest);
      last[row] = row * (longest - read) + prompt.length - read - 1;
    }
    try (NDManager scope = model.manager().newSubManager()) {
      ModelConfig config = model.checkpoint().config();
      Positions positions =
          read == 0
              ? Positions.causal(longest, config, scope)
              : Positions.after(read, longest - read, tokens.length, config, scope);
      NDArray hidden = model.hidden(tokens, positions, cache, scope);
      NDArray places = hidden.reshape(-1, hidden.getShape().get(2));
      choose(model.logits(places.get(scope, new NDIndex("{}", scope.create(last)))), drafts, rule);
    }
  }

  /** Runs the last token of each text and chooses the token after it. */
  private void readLast(List<GrowingText> open, int longest, KeyValueCache cache, TokenRule rule) {
    int seen = cache.tokens() + 1;
    int[][] tokens = new int[open.size()][];
    int[][] positions = new int[open.size()][];
    int[][] columns = new int[open.size()][];
    boolean[] visible = new boolean[open.size() * seen];
    Arrays.fill(visible, true);
    for (int row = 0; row < tokens.length; row++) {
      int[] text = open.get(row).tokens();
      tokens[row] = new int[] {text[text.length - 1]};
      positions[row] = new int[] {text.length - 1};
      int prompt = open.get(row).prompt().tokens().length;
      columns[row] =
          IntStream.range(0, seen).map(c -> c < longest ? c : c - longest + prompt).toArray();
      Arrays.fill(visible, row * seen + prompt, row * seen + longest, false);
    }
    try (NDManager scope = model.manager().newSubManager()) {
      Positions places =
          Positions.of(positions, columns, visible, model.checkpoint().config(), scope);
      NDArray hidden = model.hidden(tokens, places, cache, scope);
      choose(model.logits(hidden.reshape(-1, hidden.getShape().get(2))), open, rule);
    }
  }

  /**
   * Chooses the next token of each text that has not ended.
   *
   * @param logits {@code [texts, vocabulary]}
   */
  private static void choose(NDArray logits, List<GrowingText> open, TokenRule rule) {
    FloatBuffer all = logits.toByteBuffer(true).order(ByteOrder.nativeOrder()).asFloatBuffer();
    int vocabulary = (int) logits.getShape().get(1);
    for (int row = 0; row < open.size(); row++) {
      open.get(row).see(all.slice(row * vocabulary, vocabulary));
    }
    open.stream().parallel().filter(text -> !text.isEnded()).forEach(text -> text.add(rule));
  }

  /** Removes finished texts from the batch once they make up half of it. */
  private static List<GrowingText> withoutEnded(List<GrowingText> open, KeyValueCache cache) {
    int[] rows = IntStream.range(0, open.size()).filter(row -> !open.get(row).isEnded()).toArray();
    if (rows.length > open.size() / 2) {
      return open;
    }
    cache.retain(rows);
    return Arrays.stream(rows).mapToObj(open::get).toList();
  }

  /**
   * The tokens that a model wrote after a prompt.
   *
   * @param tokens the written token ids, without an end-of-text token
   * @param text their text, cut where a stop string begins
   * @param end why writing ended
   */
  public record GeneratedTokens(int[] tokens, String text, End end) {

    /** Why writing ended. */
    public enum End {
      /** The model wrote an end-of-text token. */
      END_OF_TEXT,
      /** A stop string occurred. */
      STOP_STRING,
      /** The text reached the largest number of tokens. */
      LENGTH
    }
  }

  /**
   * Chooses the next token of a text. A rule is a pure function that is called for each token of
   * each text.
   */
  @FunctionalInterface
  public interface TokenRule {

    /**
     * Chooses a token.
     *
     * @param logits logits of the next token, {@code [vocabulary]}; must not be changed, and hold
     *     other numbers after the call
     * @param before all tokens of the text so far, prompt included
     * @param random source of randomness; each text has its own
     * @return the token's id
     */
    int choose(float[] logits, int[] before, RandomGenerator random);
  }
}
