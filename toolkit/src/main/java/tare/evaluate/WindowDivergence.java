package tare.evaluate;

import ai.djl.ndarray.NDArray;
import java.util.Arrays;
import java.util.Locale;

/**
 * How far a model's predictions of one window's tokens are from those of the original model.
 *
 * @param nats the Kullback-Leibler divergence KL(original ‖ model) of each prediction; rounding may
 *     bring it a hair below 0
 * @param sameTop number of predictions whose most probable token is the same
 */
public record WindowDivergence(float[] nats, int sameTop) {

  /** Copies the array. */
  public WindowDivergence {
    nats = nats.clone();
  }

  /**
   * Compares predictions, one in each row: Σ p (ln p − ln q), in float32.
   *
   * @param original logits, {@code [n, vocabulary]}
   * @param model logits of the other model, of the same shape
   */
  static WindowDivergence of(NDArray original, NDArray model) {
    long same = original.argMax(1).eq(model.argMax(1)).countNonzero().getLong();
    NDArray p = original.logSoftmax(1);
    NDArray apart = p.sub(model.logSoftmax(1));
    return new WindowDivergence(
        p.exp().muli(apart).sum(new int[] {1}).toFloatArray(), Math.toIntExact(same));
  }

  @Override
  public float[] nats() {
    return nats.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof WindowDivergence that
        && sameTop == that.sameTop
        && Arrays.equals(nats, that.nats);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(nats) + sameTop;
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT, "WindowDivergence[predictions=%d, sameTop=%d]", nats.length, sameTop);
  }
}
