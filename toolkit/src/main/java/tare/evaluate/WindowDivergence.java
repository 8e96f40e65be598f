package tare.evaluate;

import ai.djl.ndarray.NDArray;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/**
 * How far a model's predictions of one window's tokens are from those of the original model, and
 * how well the model predicts these tokens.
 *
 * @param nats the Kullback-Leibler divergence KL(original ‖ model) of each prediction; rounding may
 *     bring it a hair below 0
 * @param sameTop number of predictions whose most probable token is the same
 * @param score the model's own log-likelihood of the tokens
 */
public record WindowDivergence(float[] nats, int sameTop, Score score) {

  /** Copies the array. */
  public WindowDivergence {
    nats = nats.clone();
  }

  /**
   * Compares predictions, one in each row: Σ p (ln p − ln q), in float32.
   *
   * @param original logits, {@code [n, vocabulary]}
   * @param model logits of the other model, of the same shape
   * @param tokens the tokens that the text has there, {@code [n]}
   */
  static WindowDivergence of(NDArray original, NDArray model, NDArray tokens) {
    long same = original.argMax(1).eq(model.argMax(1)).countNonzero().getLong();
    NDArray p = original.logSoftmax(1);
    NDArray q = model.logSoftmax(1);
    double logLikelihood = 0;
    for (float each : q.gather(tokens.expandDims(1), 1).toFloatArray()) {
      logLikelihood += each;
    }
    float[] nats = p.exp().muli(p.sub(q)).sum(new int[] {1}).toFloatArray();
    return new WindowDivergence(
        nats, Math.toIntExact(same), new Score(logLikelihood, false, nats.length));
  }

  /** Joins the predictions of one window's parts, in their order. */
  static WindowDivergence joined(List<WindowDivergence> parts) {
    float[] nats = new float[parts.stream().mapToInt(part -> part.nats.length).sum()];
    int at = 0;
    for (WindowDivergence part : parts) {
      System.arraycopy(part.nats, 0, nats, at, part.nats.length);
      at += part.nats.length;
    }
    return new WindowDivergence(
        nats,
        parts.stream().mapToInt(WindowDivergence::sameTop).sum(),
        Score.sum(parts.stream().map(WindowDivergence::score).toList()));
  }

  @Override
  public float[] nats() {
    return nats.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof WindowDivergence that
        && sameTop == that.sameTop
        && score.equals(that.score)
        && Arrays.equals(nats, that.nats);
  }

  @Override
  public int hashCode() {
    return Objects.hash(Arrays.hashCode(nats), sameTop, score);
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "WindowDivergence[predictions=%d, sameTop=%d, score=%s]",
        nats.length,
        sameTop,
        score);
  }
}
