package tare.compress;

import ai.djl.ndarray.NDArray;

/**
 * GPTQ (Frantar et al. 2023, algorithm 1): columns are rounded one after another, and the error of
 * each is spread over the columns still to come, in the way that changes the layer's outputs least.
 *
 * @param bits bits of a code, 2 to 8
 * @param groupSize columns that share a scale, or {@link Rtn#PER_CHANNEL}; the last group may be
 *     short
 * @param symmetric whether the grid is symmetric about zero
 * @param actOrder whether columns are processed by falling H_jj
 * @param grids which weights a group's grid is fitted to
 * @param damping λ: this share of the mean of H's diagonal is added to the diagonal
 * @param mse whether the range of each grid is searched for the least error
 * @param blockSize columns after which the errors are spread over all later ones at once; it does
 *     not change the result (with {@link Grids#UPDATED} and {@link Grids#STATIC})
 */
public record Gptq(
    int bits,
    int groupSize,
    boolean symmetric,
    boolean actOrder,
    Grids grids,
    double damping,
    boolean mse,
    int blockSize)
    implements MaskedCompressor {

  /** Which weights a group's grid is fitted to. */
  public enum Grids {
    /**
     * The weights with all earlier errors already in them, when the group's first column is
     * reached.
     */
    UPDATED,
    /** The weights as they were when the block of columns began, as the authors' program does. */
    BLOCK_START,
    /**
     * The original weights, in natural groups: with act-order no index of groups is needed at
     * inference.
     */
    STATIC
  }

  /** Checks the settings. */
  public Gptq {
    Rtn.requireGroupSize(groupSize);
    new WeightGrid(bits, symmetric, mse);
    if (!(damping > 0) || blockSize < 1) {
      throw new IllegalArgumentException(
          "GPTQ needs a damping above 0 and a block of at least 1 column; got "
              + damping
              + " and "
              + blockSize);
    }
  }

  /** An asymmetric grid, act-order with static groups, damping 0.01. */
  public Gptq(int bits, int groupSize) {
    this(bits, groupSize, false, true, Grids.STATIC, 0.01, false, 128);
  }

  @Override
  public Compressed compress(NDArray weight, LayerInputs inputs) {
    return compress(weight, inputs, new boolean[(int) weight.size()]);
  }

  @Override
  public Compressed compress(NDArray weight, LayerInputs inputs, boolean[] pruned) {
    GramFactor factor = inputs.factor(damping, actOrder);
    int columns = (int) weight.getShape().get(1);
    GridRounding rounding = new GridRounding(this, weight, factor, pruned);
    ColumnWalk.over(weight, factor, rounding.wholeGroups(Math.min(blockSize, columns)), rounding);
    return new Compressed(rounding.storage(), factor.notes());
  }
}
