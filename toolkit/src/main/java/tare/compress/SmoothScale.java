package tare.compress;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.util.List;
import java.util.Set;
import tare.compress.Rescaler.OutputChange;

/**
 * The scales of SmoothQuant (Xiao et al. 2023, equation 4), which move outliers of the inputs into
 * the weights: s_j = max|X_j|^α / max|W_j|^(1−α). Only layers after a norm are smoothed.
 *
 * @param alpha α, 0 to 1: how much of the outliers moves into the weights; the paper uses 0.5, and
 *     0.8 to 0.85 for models like LLaMA
 */
public record SmoothScale(double alpha) implements Rescaler {

  private static final double LEAST = 1e-5;

  /**
   * A channel counts as at least this share of the largest one, so that a dead channel changes no
   * norm much.
   */
  private static final double LEAST_SHARE = 1e-4;

  /** Checks α. */
  public SmoothScale {
    if (!(alpha >= 0 && alpha <= 1)) {
      throw new IllegalArgumentException("SmoothQuant's alpha is 0 to 1, not " + alpha);
    }
  }

  @Override
  public NDArray factors(List<NDArray> weights, LayerInputs inputs, OutputChange change) {
    try (NDManager scope = inputs.maxAbs().getManager().newSubManager()) {
      NDArray a = inputs.maxAbs().duplicate();
      a.attach(scope);
      a = NDArrays.maximum(a, a.max().mul(LEAST_SHARE));
      NDList maxima = new NDList();
      for (NDArray weight : weights) {
        try (NDArray sizes = weight.abs()) {
          maxima.add(sizes.max(new int[] {0}));
        }
      }
      maxima.attach(scope);
      NDArray w = NDArrays.stack(maxima).max(new int[] {0}).maximum(LEAST);
      NDArray s = a.pow(alpha).div(w.pow(1 - alpha)).maximum(LEAST);
      s.attach(inputs.maxAbs().getManager());
      return s;
    }
  }

  @Override
  public Set<Observed> needs() {
    return Set.of(Observed.MAX_ABS);
  }

  @Override
  public boolean foldsIntoLinears() {
    return false;
  }
}
