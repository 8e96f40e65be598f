package tare.compress;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import tare.compress.Rescaler.OutputChange;

/**
 * The scale search of AWQ (Lin et al. 2024, equations 4 and 5). Channels with large inputs are
 * magnified before rounding: s = x̄^r, where x̄ is the mean |X|. The search takes the r with the
 * least mean squared change of the module's outputs when W becomes Q(W·s)/s. The module is the one
 * that the linear layers belong to.
 *
 * @param grid Q, the grid to round to
 * @param ratios number of ratios r = i/ratios, from 0 (no scaling) on
 * @param duo whether s is divided by the weights' own mean size to the power 1 − r, as in later
 *     programs; r = 0 then scales too
 */
public record AwqScale(AwqGrid grid, int ratios, boolean duo) implements Rescaler {

  private static final double LEAST = 1e-4;

  /** Checks the settings. */
  public AwqScale {
    if (ratios < 1) {
      throw new IllegalArgumentException("AWQ needs at least 1 ratio, not " + ratios);
    }
  }

  /** A search over 20 ratios. */
  public AwqScale(AwqGrid grid) {
    this(grid, 20, false);
  }

  /** A search over 20 ratios, for an asymmetric grid. */
  public AwqScale(int bits, int groupSize) {
    this(new AwqGrid(bits, groupSize));
  }

  /** Returns a copy with another number of ratios. */
  public AwqScale ratios(int other) {
    return new AwqScale(grid, other, duo);
  }

  /** Returns a copy whose s is also divided by the weights' mean size. */
  public AwqScale duoScaling() {
    return new AwqScale(grid, ratios, true);
  }

  /**
   * The result of a search.
   *
   * @param best index of the best ratio
   * @param losses mean squared change of the outputs at each ratio
   */
  record Search(int best, double[] losses) {}

  @Override
  public NDArray factors(List<NDArray> weights, LayerInputs inputs, OutputChange change) {
    NDManager owner = inputs.meanAbs().getManager();
    try (NDManager scope = owner.newSubManager()) {
      NDArray s = scales(joined(weights, scope), inputs, search(weights, inputs, change).best());
      s.attach(owner);
      return s;
    }
  }

  /** Tries all ratios. The parameters are those of {@link #factors}. */
  Search search(List<NDArray> weights, LayerInputs inputs, OutputChange change) {
    double[] losses = new double[ratios];
    int best = -1;
    try (NDManager owner = weights.get(0).getManager().newSubManager()) {
      NDArray weight = joined(weights, owner);
      for (int i = 0; i < ratios; i++) {
        try (NDManager scope = owner.newSubManager()) {
          NDArray s = scales(weight, inputs, i);
          s.attach(scope);
          losses[i] = change.loss(weights.stream().map(w -> rounded(w, s, scope)).toList());
        }
        if (Double.isFinite(losses[i]) && (best < 0 || losses[i] < losses[best])) {
          best = i;
        }
      }
    }
    if (best < 0) {
      throw new IllegalArgumentException(
          "no ratio of AWQ's search gives a finite loss: " + Arrays.toString(losses));
    }
    return new Search(best, losses);
  }

  /** The weights of all linear layers in the set, {@code [out, channels]}. */
  private static NDArray joined(List<NDArray> weights, NDManager manager) {
    NDArray weight = NDArrays.concat(new NDList(weights), 0);
    weight.attach(manager);
    return weight;
  }

  /** Q(W·s)/s. */
  private NDArray rounded(NDArray weight, NDArray s, NDManager manager) {
    NDArray scaled = weight.mul(s);
    scaled.attach(manager);
    return grid.round(scaled).dense().divi(s);
  }

  /** s for the ratio r = i/ratios, normalized to √(max s · min s) = 1. */
  NDArray scales(NDArray weight, LayerInputs inputs, int i) {
    double ratio = (double) i / ratios;
    NDArray mean = inputs.meanAbs();
    NDArray s = NDArrays.maximum(mean, mean.max().mul(LEAST)).pow(ratio);
    if (duo) {
      s = s.div(meanShare(weight).pow(1 - ratio).addi(LEAST));
    }
    s = s.maximum(LEAST);
    return s.div(s.max().mul(s.min()).sqrt());
  }

  /**
   * w̄: the mean over the outputs of |w|, as a share of the largest |w| in its group, {@code
   * [channels]}.
   */
  NDArray meanShare(NDArray weight) {
    NDArray sizes = weight.abs().reshape(-1, grid.group(weight.getShape().get(1)));
    NDArray largest = sizes.max(new int[] {1}, true).addi(1e-6);
    return sizes.div(largest).reshape(weight.getShape()).mean(new int[] {0});
  }

  @Override
  public Set<Observed> needs() {
    return Set.of(Observed.GRAM, Observed.MEAN_ABS);
  }
}
