package tare.evaluate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import tare.evaluate.Task.EvaluationTokens;
import tare.model.Checkpoint;
import tare.model.TextTokenizer;

/**
 * Measures how far a compressed model's predictions are from the original's, on the windows of a
 * text: the Kullback-Leibler divergence KL(original ‖ model) of each predicted token, in nats. It
 * is known more exactly than a change of perplexity, because the text's own surprises cancel out.
 *
 * <p>Each window has these outcomes:
 *
 * <ul>
 *   <li>{@code kl}: the mean over its predictions
 *   <li>{@code kl_median}, {@code kl_p90}, {@code kl_p99}, {@code kl_p999}: the percentile of all
 *       windows together, plus the window's influence on it by the jackknife. The mean of these
 *       values is the percentile of all predictions, and their standard error that of the jackknife
 *       over windows
 *   <li>{@code same_top}: the share of predictions whose most probable token is the same
 * </ul>
 *
 * <p>The first token of a window is context only, as for {@link Perplexity}. The model must know
 * its original, see {@link Scorer#against}.
 *
 * @param text the text and its windows
 */
public record Divergence(Perplexity text) implements Task {

  /** What the name of a text's divergence has behind the name of the text. */
  public static final String ENDING = "/divergence";

  private static final List<Percentile> PERCENTILES =
      List.of(
          new Percentile("kl_median", 0.5),
          new Percentile("kl_p90", 0.9),
          new Percentile("kl_p99", 0.99),
          new Percentile("kl_p999", 0.999));

  /** A percentile's metric, and the share of values below it. */
  private record Percentile(String metric, double share) {}

  @Override
  public String name() {
    return text.name() + ENDING;
  }

  @Override
  public String version() {
    return "1, divergence from the original model, " + text.version();
  }

  @Override
  public List<TestItem> items() {
    return text.items();
  }

  /** {@inheritDoc} Both output matrices are applied. */
  @Override
  public EvaluationTokens tokens(TextTokenizer tokenizer) {
    EvaluationTokens once = text.tokens(tokenizer);
    return new EvaluationTokens(once.read(), 2 * once.scored());
  }

  @Override
  public void requireFits(Checkpoint model) {
    text.requireFits(model);
  }

  @Override
  public void keep(Original original) {
    original.keep(text);
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalStateException if the model does not know its original
   * @throws IllegalArgumentException if a divergence is not a number, as after a badly compressed
   *     layer
   */
  @Override
  public List<Outcome> run(LanguageModel model) {
    return outcomes(model.divergences(text.text(), text.window(), text.windows()));
  }

  List<Outcome> outcomes(List<WindowDivergence> windows) {
    List<float[]> nats = windows.stream().map(WindowDivergence::nats).toList();
    List<double[]> influences =
        PERCENTILES.stream().map(each -> influences(nats, each.share())).toList();
    List<Outcome> outcomes = new ArrayList<>();
    for (int w = 0; w < windows.size(); w++) {
      String id = String.format(Locale.ROOT, "window-%05d", w);
      float[] ofWindow = nats.get(w);
      double mean = IntStream.range(0, ofWindow.length).mapToDouble(i -> ofWindow[i]).sum();
      mean /= ofWindow.length;
      if (!Double.isFinite(mean)) {
        throw new IllegalArgumentException(
            "The divergence of %s from the original is not a number in %s: the model's logits are not finite. %s"
                .formatted(name(), id, Score.REMEDY));
      }
      outcomes.add(new Outcome(name(), id, "kl", mean));
      for (int p = 0; p < PERCENTILES.size(); p++) {
        outcomes.add(new Outcome(name(), id, PERCENTILES.get(p).metric(), influences.get(p)[w]));
      }
      double same = (double) windows.get(w).sameTop() / ofWindow.length;
      outcomes.add(new Outcome(name(), id, "same_top", same));
    }
    return outcomes;
  }

  /**
   * For each window: the percentile of all values, plus (n − 1) times how far the percentile
   * without this window lies below the mean of the percentiles without one window.
   */
  static double[] influences(List<float[]> windows, double share) {
    int n = windows.size();
    float[] sorted = new float[windows.stream().mapToInt(w -> w.length).sum()];
    int at = 0;
    for (float[] window : windows) {
      System.arraycopy(window, 0, sorted, at, window.length);
      at += window.length;
    }
    Arrays.sort(sorted);
    double all = percentile(sorted, new int[0], share);
    if (n == 1) {
      return new double[] {all};
    }
    double[] without =
        windows.stream()
            .mapToDouble(window -> percentile(sorted, places(sorted, window), share))
            .toArray();
    double mean = Arrays.stream(without).average().orElseThrow();
    return Arrays.stream(without).map(each -> all + (n - 1) * (mean - each)).toArray();
  }

  /** Where a window's values stand among all sorted values, ascending; each place once. */
  private static int[] places(float[] sorted, float[] window) {
    float[] own = window.clone();
    Arrays.sort(own);
    int[] places = new int[own.length];
    for (int i = 0; i < own.length; i++) {
      int found = Arrays.binarySearch(sorted, own[i]);
      while (found > 0 && Float.compare(sorted[found - 1], own[i]) == 0) {
        found--;
      }
      places[i] = i == 0 ? found : Math.max(found, places[i - 1] + 1);
    }
    return places;
  }

  /** The percentile without some places, with linear interpolation as in numpy. */
  private static double percentile(float[] sorted, int[] without, double share) {
    double at = share * (sorted.length - without.length - 1);
    int below = (int) at;
    double low = sorted[place(below, without)];
    double high = sorted[place((int) Math.ceil(at), without)];
    return low + (at - below) * (high - low);
  }

  /** The place of the element that has this rank when some places are left out. */
  private static int place(int rank, int[] without) {
    int place = rank;
    for (int i = 0; i < without.length && without[i] <= place; i++) {
      place++;
    }
    return place;
  }
}
