package tare.compress;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import com.fasterxml.jackson.annotation.JsonTypeName;

/**
 * GPTQ (Frantar et al. 2023, algorithm 1): columns are rounded one after another, and the error of
 * each is spread over the columns still to come, in the way that changes the layer's outputs least.
 *
 * @param bits bits of a code, 2 to 8
 * @param groupSize columns that share a scale, or {@link Rtn#PER_CHANNEL}; the last group may be
 *     short
 * @param isSymmetric whether the grid is symmetric about zero
 * @param actOrder whether columns are processed by falling H_jj
 * @param grids which weights a group's grid is fitted to; null for {@link Grids#STATIC} with
 *     act-order and {@link Grids#UPDATED} without
 * @param damping λ: this share of the mean of H's diagonal is added to the diagonal
 * @param mse whether the range of each grid is searched for the least error
 * @param blockSize columns after which the errors are spread over all later ones at once; it does
 *     not change the result (with {@link Grids#UPDATED} and {@link Grids#STATIC})
 * @param isTrueSequential whether a block's linears are compressed group after group
 */
@JsonTypeName("gptq")
public record Gptq(
    @JsonProperty(required = true) int bits,
    @JsonProperty(required = true) int groupSize,
    @JsonProperty("symmetric") boolean isSymmetric,
    @JsonPropertyDescription("channels with the largest inputs first") boolean actOrder,
    @JsonPropertyDescription("which weights a group's grid is fitted to") Grids grids,
    @JsonPropertyDescription("share of the mean diagonal added to the diagonal") double damping,
    @JsonPropertyDescription("search the range of each grid for the least error") boolean mse,
    @JsonPropertyDescription("columns after which errors are spread over all later ones")
        int blockSize,
    @JsonProperty("trueSequential")
        @JsonPropertyDescription(
            "observe each group of a block when those before it are compressed")
        boolean isTrueSequential)
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
    new WeightGrid(bits, isSymmetric, mse);
    if (grids == null) {
      grids = actOrder ? Grids.STATIC : Grids.UPDATED;
    }
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
    this(bits, groupSize, false, true, null, 0.01, false, 128, false);
  }

  /** The same on a grid that is symmetric about zero. */
  public Gptq symmetric() {
    return Method.with(this, "isSymmetric", true);
  }

  /**
   * The same with columns processed as they stand. Static grids become {@link Grids#UPDATED}; ask
   * for other {@link #grids(Grids)} afterwards.
   */
  public Gptq naturalOrder() {
    Gptq natural = Method.with(this, "actOrder", false);
    return grids == Grids.STATIC ? natural.grids(Grids.UPDATED) : natural;
  }

  /** The same with grids fitted to other weights. */
  public Gptq grids(Grids other) {
    return Method.with(this, "grids", other);
  }

  /** The same with another λ. */
  public Gptq damping(double other) {
    return Method.with(this, "damping", other);
  }

  /** The same with grids whose range is searched for the least error. */
  public Gptq searchedRange() {
    return Method.with(this, "mse", true);
  }

  /** The same with blocks of other numbers of columns. */
  public Gptq blockSize(int other) {
    return Method.with(this, "blockSize", other);
  }

  /** The same with a block's linears compressed group after group. */
  public Gptq trueSequential() {
    return Method.with(this, "isTrueSequential", true);
  }

  @Override
  public Schedule schedule() {
    return isTrueSequential ? Schedule.TRUE_SEQUENTIAL : Schedule.BLOCK;
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
