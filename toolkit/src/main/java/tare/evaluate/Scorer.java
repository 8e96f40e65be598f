package tare.evaluate;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;
import tare.model.DecoderModel;
import tare.model.ModelConfig;
import tare.model.Positions;
import tare.model.TextTokenizer;

/**
 * Scores text with a decoder.
 *
 * <p>Context and continuation are tokenized as lm-evaluation-harness does: white space at the end
 * of the context moves to the continuation, both are tokenized together, and the tokens beyond
 * those of the context alone are scored. A context is run once for all its continuations: they
 * follow it in one row, each at the positions after the context and blind to the others.
 */
public final class Scorer implements LanguageModel {

  private static final int BATCH_TOKENS = 2048;
  private static final int LOGITS_AT_ONCE = 1 << 24;

  private final DecoderModel model;
  private final ModelConfig config;
  private final TextTokenizer tokenizer;

  /** Scores with a model; closing it stays with the caller. */
  public Scorer(DecoderModel model) {
    this.model = model;
    config = model.checkpoint().config();
    tokenizer = model.checkpoint().tokenizer();
  }

  /** A request as tokens: those before {@code scoredFrom} are context. */
  private record Encoded(int request, int[] tokens, int scoredFrom) {}

  /** A row of the batch: a context, then the rest of each request that begins with it. */
  private record Row(int[] context, List<Encoded> requests) {
    int length() {
      return context.length
          + requests.stream().mapToInt(r -> r.tokens().length - context.length).sum();
    }
  }

  /** The logits at place {@code place} of row {@code row} score {@code target} for a request. */
  private record Target(int row, int place, int target, int request) {}

  @Override
  public List<Score> continuations(List<Request.Continuation> requests) {
    List<Row> rows = rows(requests);
    Score[] scores = new Score[requests.size()];
    rows.sort(Comparator.comparingInt(Row::length).reversed());
    for (int start = 0, end; start < rows.size(); start = end) {
      int longest = rows.get(start).length();
      end = Math.min(rows.size(), start + Math.max(1, BATCH_TOKENS / longest));
      score(rows.subList(start, end), true, scores);
    }
    return List.of(scores);
  }

  @Override
  public List<Score> windows(String text, int window, int windows) {
    int[] tokens = tokenizer.encode(text);
    int count = Math.min(windows, tokens.length / window);
    if (window < 2 || count < 1) {
      throw new IllegalArgumentException(
          "The text has "
              + tokens.length
              + " tokens, less than one window of "
              + window
              + " (a window has at least 2).");
    }
    List<Row> rows = new ArrayList<>();
    for (int w = 0; w < count; w++) {
      int[] one = Arrays.copyOfRange(tokens, w * window, (w + 1) * window);
      rows.add(new Row(Arrays.copyOf(one, 1), List.of(new Encoded(w, one, 1))));
    }
    Score[] scores = new Score[count];
    int perBatch = Math.max(1, BATCH_TOKENS / window);
    for (int start = 0; start < count; start += perBatch) {
      score(rows.subList(start, Math.min(count, start + perBatch)), false, scores);
    }
    return List.of(scores);
  }

  /** Neighbouring requests with one context share a row. */
  private List<Row> rows(List<Request.Continuation> requests) {
    List<Row> rows = new ArrayList<>();
    for (int start = 0, end; start < requests.size(); start = end) {
      String context = requests.get(start).context();
      for (end = start + 1;
          end < requests.size() && requests.get(end).context().equals(context); ) {
        end++;
      }
      List<Encoded> encoded = new ArrayList<>();
      for (int request = start; request < end; request++) {
        encoded.add(encode(request, requests.get(request)));
      }
      int shared = encoded.get(0).scoredFrom();
      boolean together = encoded.stream().allMatch(e -> startsAlike(e, encoded.get(0), shared));
      Row row = new Row(Arrays.copyOf(encoded.get(0).tokens(), shared), encoded);
      if (together && row.length() <= config.context()) {
        rows.add(row);
      } else {
        encoded.forEach(
            e -> rows.add(new Row(Arrays.copyOf(e.tokens(), e.scoredFrom()), List.of(e))));
      }
    }
    return rows;
  }

  private static boolean startsAlike(Encoded a, Encoded b, int length) {
    return a.scoredFrom() == length && Arrays.equals(a.tokens(), 0, length, b.tokens(), 0, length);
  }

  /** Tokens of a request, cut on the left to what the model can read. */
  private Encoded encode(int index, Request.Continuation request) {
    String context = request.context().stripTrailing();
    String continuation = request.context().substring(context.length()) + request.continuation();
    int[] whole = tokenizer.encode(context + continuation);
    int contextTokens = tokenizer.encode(context).length;
    if (contextTokens == 0 || contextTokens >= whole.length) {
      throw new IllegalArgumentException(
          "A request needs a context and a continuation of at least one token each: \""
              + request.context()
              + "\" and \""
              + request.continuation()
              + "\"");
    }
    int cut = Math.max(0, whole.length - config.context());
    if (cut >= contextTokens) {
      throw new IllegalArgumentException(
          "The continuation \""
              + request.continuation()
              + "\" alone is longer than the model's context of "
              + config.context());
    }
    return new Encoded(index, Arrays.copyOfRange(whole, cut, whole.length), contextTokens - cut);
  }

  /**
   * Scores a batch of rows; whether tokens are the most probable ones takes time, and is found only
   * if asked for.
   */
  private void score(List<Row> rows, boolean findGreedy, Score[] scores) {
    if (Thread.currentThread().isInterrupted()) {
      throw new CancellationException("interrupted while scoring");
    }
    int length = rows.stream().mapToInt(Row::length).max().orElseThrow();
    int[][] tokens = new int[rows.size()][length];
    int[][] positions = new int[rows.size()][length];
    List<Target> targets = new ArrayList<>();
    for (int r = 0; r < rows.size(); r++) {
      fill(rows.get(r), r, tokens[r], positions[r], targets);
    }
    boolean packed = rows.stream().anyMatch(row -> row.requests().size() > 1);
    try (NDManager scope = model.manager().newSubManager()) {
      Positions places =
          packed
              ? Positions.of(positions, Optional.of(mask(rows, length, scope)), config, scope)
              : Positions.causal(length, config, scope);
      NDArray hidden = model.hidden(tokens, places, scope).reshape(-1, config.width());
      score(targets, hidden, length, findGreedy, scores);
    }
  }

  /** Writes a row's tokens and positions, and which places score what. */
  private static void fill(Row row, int r, int[] tokens, int[] positions, List<Target> targets) {
    int shared = row.context().length;
    System.arraycopy(row.context(), 0, tokens, 0, shared);
    Arrays.setAll(positions, i -> i < shared ? i : 0);
    int at = shared;
    for (Encoded request : row.requests()) {
      int previous = shared - 1;
      for (int t = shared; t < request.tokens().length; t++, at++) {
        tokens[at] = request.tokens()[t];
        positions[at] = t;
        targets.add(new Target(r, previous, request.tokens()[t], request.request()));
        previous = at;
      }
    }
  }

  /**
   * Each place sees the context up to itself and, after it, the places of its own continuation up
   * to itself.
   */
  private static NDArray mask(List<Row> rows, int length, NDManager scope) {
    boolean[] visible = new boolean[rows.size() * length * length];
    for (int r = 0; r < rows.size(); r++) {
      int from = r * length * length;
      int shared = rows.get(r).context().length;
      int[] starts =
          new int[length]; // where the continuation of a place begins; 0 within the context and the
      // padding
      int at = shared;
      for (Encoded request : rows.get(r).requests()) {
        int size = request.tokens().length - shared;
        Arrays.fill(starts, at, at + size, at);
        at += size;
      }
      for (int i = 0; i < length; i++) {
        Arrays.fill(visible, from + i * length, from + i * length + Math.min(i + 1, shared), true);
        if (i >= shared) {
          Arrays.fill(visible, from + i * length + starts[i], from + i * length + i + 1, true);
        }
      }
    }
    return scope.create(visible, new Shape(rows.size(), 1, length, length));
  }

  /**
   * Runs the output matrix at the places that score something, as many at once as fit a moderate
   * memory.
   */
  private void score(
      List<Target> targets, NDArray hidden, int length, boolean findGreedy, Score[] scores) {
    double[] sums = new double[scores.length];
    boolean[] greedy = new boolean[scores.length];
    int[] counts = new int[scores.length];
    Arrays.fill(greedy, findGreedy);
    int atOnce = Math.max(1, LOGITS_AT_ONCE / config.vocabulary());
    for (int start = 0; start < targets.size(); start += atOnce) {
      List<Target> some = targets.subList(start, Math.min(targets.size(), start + atOnce));
      try (NDManager scope = model.manager().newSubManager()) {
        NDArray rows =
            scope.create(some.stream().mapToInt(t -> t.row() * length + t.place()).toArray());
        NDArray logits = model.logits(hidden.get(scope, new NDIndex("{}", rows)));
        NDArray ids = scope.create(some.stream().mapToLong(Target::target).toArray());
        float[] surprisal = model.surprisal(logits, ids).toFloatArray();
        long[] best = findGreedy ? logits.argMax(1).toLongArray() : new long[0];
        for (int i = 0; i < some.size(); i++) {
          int request = some.get(i).request();
          sums[request] -= surprisal[i];
          greedy[request] &= findGreedy && best[i] == some.get(i).target();
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
