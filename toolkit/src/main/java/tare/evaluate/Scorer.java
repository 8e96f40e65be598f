package tare.evaluate;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;
import tare.data.ChatRecord;
import tare.data.Windows;
import tare.evaluate.LanguageModel.GeneratedText;
import tare.model.DecoderModel;
import tare.model.ModelConfig;
import tare.model.Positions;
import tare.model.Prefix;
import tare.model.SpecialTokens;
import tare.model.TextTokenizer;
import tare.model.generation.ChatTemplate;
import tare.model.generation.Conversation;
import tare.model.generation.Generation;
import tare.model.generation.Generation.GeneratedTokens;
import tare.model.generation.Prompt;
import tare.model.generation.Sampling;

/**
 * Scores text with a decoder. Requests are tokenized as in lm-evaluation-harness (see {@link
 * EncodedRequest}). Requests with a common beginning run it once (see {@link Family} and {@link
 * PackedRow}), and rows of similar length make a batch.
 */
public final class Scorer implements LanguageModel {

  private static final int BATCH_TOKENS = 2048;
  private static final int BATCH_PLACES =
      16 * BATCH_TOKENS; // those of a shared beginning count too
  private static final int LOGITS_AT_ONCE = 1 << 23; // 32 MiB: more is slower to allocate
  private static final int COMPARED_AT_ONCE = 1 << 19; // of which there are five arrays

  private final DecoderModel model;
  private final ModelConfig config;
  private final TextTokenizer tokenizer;
  private final Optional<Original> original;
  private final Map<TextWindows, List<WindowDivergence>> compared = new HashMap<>();
  private OptionalInt prefix = OptionalInt.empty();
  private int truncated;

  /** Scores with a model, which the caller closes. */
  public Scorer(DecoderModel model) {
    this(model, Optional.empty());
  }

  private Scorer(DecoderModel model, Optional<Original> original) {
    this.model = model;
    this.original = original;
    config = model.checkpoint().config();
    tokenizer = model.checkpoint().tokenizer();
  }

  /**
   * Scores with the same model. Its predictions are compared with an original's when that is asked,
   * and at the same time where the original keeps the scored text.
   */
  public Scorer against(Original other) {
    return new Scorer(model, Optional.of(other));
  }

  /** Number of requests so far that were cut on the left to fit the model's context. */
  public int truncated() {
    return truncated;
  }

  @Override
  public List<Score> continuations(List<Request.Continuation> requests) {
    List<EncodedRequest> encoded = new ArrayList<>();
    for (Request.Continuation request : requests) {
      encoded.add(
          EncodedRequest.of(encoded.size(), request, tokenizer, config.context(), this::prefix));
    }
    List<Score> scores = new ArrayList<>(scores(encoded, true));
    encoded.forEach(each -> scores.set(each.request(), scores.get(each.request()).cut(each.cut())));
    truncated += (int) encoded.stream().filter(each -> each.cut() > 0).count();
    return scores;
  }

  @Override
  public Optional<double[]> originals(List<Request.Continuation> requests) {
    return original.map(other -> other.logLikelihoods(requests));
  }

  @Override
  public List<Score> texts(List<Request.WholeText> requests) {
    List<Score> scores = new ArrayList<>();
    for (Request.WholeText request : requests) {
      int[] text = tokenizer.encodePrompt(request.text());
      scores.add(Score.sum(scores(rolling(prefix(), text), false)));
    }
    return scores;
  }

  /** Looked up once, when it is first needed, because not every model has such a token. */
  private int prefix() {
    if (prefix.isEmpty()) {
      prefix = OptionalInt.of(SpecialTokens.prefix(model.checkpoint()));
    }
    return prefix.getAsInt();
  }

  /** The windows of a text. All but the last score as many tokens as the model reads. */
  private List<EncodedRequest> rolling(int prefix, int[] text) {
    int[] tokens = new int[text.length + 1];
    tokens[0] = prefix;
    System.arraycopy(text, 0, tokens, 1, text.length);
    List<EncodedRequest> windows = new ArrayList<>();
    for (int start = 1, end; start < tokens.length; start = end) {
      end = Math.min(tokens.length, start + config.context());
      int from = Math.max(0, end - 1 - config.context());
      windows.add(
          new EncodedRequest(
              windows.size(), Arrays.copyOfRange(tokens, from, end), start - from, 0));
    }
    return windows;
  }

  @Override
  public String chat(ChatRecord talk) {
    ChatTemplate template =
        ChatTemplate.of(model.checkpoint(), ChatTemplate.DAY)
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        model.checkpoint().path()
                            + " has no chat template, which the scoring of conversations needs."
                            + " Take an instruction-tuned model."));
    return template.text(new Conversation(talk.messages(), talk.tools(), Map.of()), true);
  }

  /** {@inheritDoc} Windows that are also compared with the original run once for both. */
  @Override
  public List<Score> windows(String text, int window, int windows) {
    if (original.isPresent() && original.get().keeps(new TextWindows(text, window, windows))) {
      return divergences(text, window, windows).stream().map(WindowDivergence::score).toList();
    }
    List<EncodedRequest> encoded = new ArrayList<>();
    for (int[] one : cut(tokenizer.encodePrompt(text), window, windows)) {
      encoded.add(EncodedRequest.cut(encoded.size(), one, 1, config.context()));
    }
    return scores(encoded, false);
  }

  private static List<int[]> cut(int[] tokens, int window, int windows) {
    if (window < 2 || windows < 1 || tokens.length < window) {
      throw new IllegalArgumentException(
          "The text has "
              + tokens.length
              + " tokens, less than one window of "
              + window
              + " tokens (a window has at least 2).");
    }
    return Windows.cut(tokens, window, windows);
  }

  @Override
  public List<WindowDivergence> divergences(String text, int window, int windows) {
    return compared.computeIfAbsent(new TextWindows(text, window, windows), this::compare);
  }

  private List<WindowDivergence> compare(TextWindows text) {
    Original other =
        original.orElseThrow(
            () ->
                new IllegalStateException(
                    "Nothing is known of the original model. Give the scorer one with against()."));
    int window = text.window();
    config.requireFits(window);
    int[] tokens = tokenizer.encodePrompt(text.text());
    other.requireSameTokens(text.text(), tokens, model.checkpoint());
    List<int[]> all = cut(tokens, window, text.windows());
    List<WindowDivergence> divergences = new ArrayList<>();
    int batch = Math.max(1, BATCH_TOKENS / window);
    for (int from = 0; from < all.size(); from += batch) {
      requireNotInterrupted();
      List<int[]> some = all.subList(from, Math.min(all.size(), from + batch));
      try (NDManager scope = model.manager().newSubManager()) {
        Positions positions = Positions.causal(window, config, scope);
        NDArray hidden = model.hidden(some.toArray(int[][]::new), positions, scope);
        NDArray ours = hidden.reshape(-1, config.embeddingWidth());
        NDArray theirs = other.hidden(some, scope);
        for (int i = 0; i < some.size(); i++) {
          divergences.add(divergence(ours, theirs, i * window, some.get(i), other));
        }
      }
    }
    return List.copyOf(divergences);
  }

  /**
   * Compares the predictions of the tokens after a window's first. Logits of many places are
   * computed at once, because large products are faster, and compared a few at once, because these
   * stay in the processor's cache.
   *
   * @param from the place of the first token
   */
  private WindowDivergence divergence(
      NDArray ours, NDArray theirs, int from, int[] tokens, Original other) {
    int logitsAtOnce = Math.max(1, LOGITS_AT_ONCE / 2 / config.vocabulary());
    int comparedAtOnce = Math.max(1, COMPARED_AT_ONCE / config.vocabulary());
    List<WindowDivergence> parts = new ArrayList<>();
    int predictions = tokens.length - 1;
    for (int start = 0, stop; start < predictions; start = stop) {
      stop = Math.min(predictions, start + logitsAtOnce);
      try (NDManager scope = model.manager().newSubManager()) {
        NDIndex places = new NDIndex("{}:{}", from + start, from + stop);
        NDArray p = other.logits(theirs.get(scope, places));
        NDArray q = model.logits(ours.get(scope, places));
        for (int row = 0, end; row < stop - start; row = end) {
          end = Math.min(stop - start, row + comparedAtOnce);
          NDIndex rows = new NDIndex("{}:{}", row, end);
          try (NDManager inner = scope.newSubManager()) {
            long[] next =
                IntStream.range(start + row, start + end).mapToLong(i -> tokens[i + 1]).toArray();
            parts.add(
                WindowDivergence.of(p.get(inner, rows), q.get(inner, rows), inner.create(next)));
          }
        }
      }
    }
    return WindowDivergence.joined(parts);
  }

  /** A long evaluation ends between two batches when its thread is interrupted. */
  static void requireNotInterrupted() {
    if (Thread.currentThread().isInterrupted()) {
      throw new CancellationException("interrupted while scoring");
    }
  }

  /**
   * {@inheritDoc} It always takes the most probable token. Prompts are cut on the left to leave
   * room for the answer.
   */
  @Override
  public List<GeneratedText> generations(List<Request.Generate> requests) {
    List<Prompt> prompts = new ArrayList<>();
    List<Integer> cuts = new ArrayList<>();
    for (Request.Generate request : requests) {
      int room = config.context() - request.maxTokens();
      if (room < 1) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "Writing %d tokens leaves no room for a prompt in the model's context of %d tokens.",
                request.maxTokens(),
                config.context()));
      }
      int[] tokens = tokenizer.encodePrompt(request.context());
      int cut = Math.max(0, tokens.length - room);
      int[] read = Arrays.copyOfRange(tokens, cut, tokens.length);
      cuts.add(cut);
      prompts.add(new Prompt(read, request.until(), request.maxTokens()));
    }
    truncated += (int) cuts.stream().filter(cut -> cut > 0).count();
    List<GeneratedTokens> written =
        Generation.of(model).write(prompts, Sampling.GREEDY, new SplittableRandom(0));
    return IntStream.range(0, written.size())
        .mapToObj(i -> new GeneratedText(written.get(i).text(), cuts.get(i)))
        .toList();
  }

  /**
   * Scores in the order of the requests. Finding out whether tokens are the most probable ones
   * takes time, so it is done only on request.
   */
  private List<Score> scores(List<EncodedRequest> requests, boolean findGreedy) {
    Score[] scores = new Score[requests.size()];
    for (Family family : families(requests)) {
      if (family.beginning().length == 0) {
        score(family.rows(), Optional.empty(), findGreedy, scores);
      } else {
        try (Prefix prefix = model.prefix(family.beginning())) {
          score(family.rows(), Optional.of(prefix), findGreedy, scores);
        }
      }
    }
    return List.of(scores);
  }

  /**
   * Requests that share a beginning. Where the angles of positions depend on the length of a
   * sequence, a beginning that ran on its own would suit none.
   */
  private List<Family> families(List<EncodedRequest> requests) {
    int longest = Math.min(BATCH_TOKENS, config.context());
    List<EncodedRequest> sorted = requests.stream().sorted().toList();
    int most = requests.stream().mapToInt(EncodedRequest::inputs).max().orElse(1);
    return config.stretchesWithin(most)
        ? List.of(Family.unrelated(sorted, longest, config.width()))
        : Family.of(sorted, longest, config.width());
  }

  private void score(
      List<PackedRow> rows, Optional<Prefix> before, boolean findGreedy, Score[] scores) {
    int read = before.map(Prefix::tokens).orElse(0);
    for (int start = 0, end; start < rows.size(); start = end) {
      requireNotInterrupted();
      int length = rows.get(start).length();
      int most = Math.min(BATCH_TOKENS / length, BATCH_PLACES / (read + length));
      end = Math.min(rows.size(), start + Math.max(1, most));
      scoreBatch(rows.subList(start, end), before, findGreedy, scores);
    }
  }

  private void scoreBatch(
      List<PackedRow> rows, Optional<Prefix> before, boolean findGreedy, Score[] scores) {
    int length = rows.get(0).length();
    int read = before.map(Prefix::tokens).orElse(0);
    int[][] tokens = new int[rows.size()][length];
    int[][] positions = new int[rows.size()][length];
    List<PackedRow.Target> targets = new ArrayList<>();
    for (int r = 0; r < rows.size(); r++) {
      rows.get(r).fill(tokens[r], positions[r]);
      for (PackedRow.Target target : rows.get(r).targets()) {
        targets.add(
            new PackedRow.Target(r * length + target.place(), target.token(), target.request()));
      }
    }
    try (NDManager scope = model.manager().newSubManager()) {
      NDArray hidden;
      if (before.isPresent()) {
        Positions places = after(read, rows, positions, scope);
        hidden = model.hidden(tokens, places, before.get(), scope);
      } else {
        boolean branched = rows.stream().anyMatch(PackedRow::isBranched);
        Positions places =
            branched ? after(0, rows, positions, scope) : Positions.causal(length, config, scope);
        hidden = model.hidden(tokens, places, scope);
      }
      score(targets, hidden.reshape(-1, config.embeddingWidth()), findGreedy, scores);
    }
  }

  /** Positions and mask of rows after a number of tokens that all of them see. */
  private Positions after(int read, List<PackedRow> rows, int[][] positions, NDManager scope) {
    int length = positions[0].length;
    boolean[] visible = new boolean[rows.size() * length * (read + length)];
    int[][] own = new int[rows.size()][];
    int[][] columns = new int[rows.size()][];
    for (int r = 0; r < rows.size(); r++) {
      rows.get(r).mask(visible, r * length * (read + length), length, read);
      own[r] = Arrays.stream(positions[r]).map(position -> read + position).toArray();
      columns[r] = IntStream.concat(IntStream.range(0, read), IntStream.of(own[r])).toArray();
    }
    return Positions.of(own, columns, visible, config, scope);
  }

  /**
   * Applies the output matrix once at each place that scores a token, for as many places at once as
   * fit a moderate memory.
   */
  private void score(
      List<PackedRow.Target> targets, NDArray hidden, boolean findGreedy, Score[] scores) {
    double[] sums = new double[scores.length];
    boolean[] greedy = new boolean[scores.length];
    int[] counts = new int[scores.length];
    Arrays.fill(greedy, findGreedy);
    targets.sort(Comparator.comparingInt(PackedRow.Target::place));
    int atOnce = Math.max(1, LOGITS_AT_ONCE / config.vocabulary());
    for (int start = 0; start < targets.size(); start += atOnce) {
      List<PackedRow.Target> some =
          targets.subList(start, Math.min(targets.size(), start + atOnce));
      int[] places = some.stream().mapToInt(PackedRow.Target::place).distinct().toArray();
      int[] rows =
          some.stream().mapToInt(each -> Arrays.binarySearch(places, each.place())).toArray();
      try (NDManager scope = model.manager().newSubManager()) {
        NDArray logits = model.logits(hidden.get(scope, new NDIndex("{}", scope.create(places))));
        NDArray perTarget =
            places.length == rows.length
                ? logits
                : logits.get(new NDIndex("{}", scope.create(rows)));
        NDArray ids = scope.create(some.stream().mapToLong(PackedRow.Target::token).toArray());
        float[] surprisal = model.surprisal(perTarget, ids).toFloatArray();
        long[] best = findGreedy ? logits.argMax(1).toLongArray() : new long[0];
        for (int i = 0; i < rows.length; i++) {
          int request = some.get(i).request();
          sums[request] -= surprisal[i];
          greedy[request] &= findGreedy && best[rows[i]] == some.get(i).token();
          counts[request]++;
        }
      }
    }
    IntStream.range(0, scores.length)
        .filter(request -> counts[request] > 0)
        .forEach(
            request ->
                scores[request] = new Score(sums[request], greedy[request], counts[request]));
  }
}
