package tare.compress;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import java.util.function.DoubleSupplier;

/**
 * The second half of AWQ (Lin et al. 2024, section 3.2, and the authors' program). It clips each
 * group to the bound that changes the group's part of the outputs least, and then rounds. Queries
 * and keys are not clipped.
 *
 * <p>The error of a row's group is d Hg dᵀ, where d is the group's change and Hg the group's block
 * on the diagonal of XᵀX. It covers all tokens; the authors' program takes 512 of them.
 *
 * @param grid the grid to round to
 * @param clip whether clipping bounds are searched
 */
public record AwqRound(AwqGrid grid, boolean clip) implements Compressor {

  private static final int STEPS = 20;
  private static final int TRIED = 10;

  /** Rounding with clipping. */
  public AwqRound(AwqGrid grid) {
    this(grid, true);
  }

  /** Rounding to an asymmetric grid, with clipping. */
  public AwqRound(int bits, int groupSize) {
    this(new AwqGrid(bits, groupSize));
  }

  /** Returns a copy without clipping. */
  public AwqRound unclipped() {
    return new AwqRound(grid, false);
  }

  @Override
  public Compressed compress(NDArray weight, LayerInputs inputs) {
    try (NDManager scope = weight.getManager().newSubManager()) {
      NDArray w = weight.duplicate();
      w.attach(scope);
      if (clip) {
        w = clipped(w, bounds(w, inputs));
      }
      return new Compressed(grid.storage(w), "");
    }
  }

  /**
   * The bound c of each row and group, {@code [out, groups, 1]}, among max|w|·(1 − i/20), i = 0 ..
   * 9.
   */
  NDArray bounds(NDArray weight, LayerInputs inputs) {
    int group = grid.group(weight.getShape().get(1));
    NDArray grouped = weight.reshape(weight.getShape().get(0), -1, group);
    NDArray largest = grouped.abs().max(new int[] {2}, true);
    NDArray blocks = diagonalBlocks(inputs.gram(), group, weight.getManager());
    NDArray best = largest.duplicate();
    NDArray least = null;
    for (int i = 0; i < TRIED; i++) {
      try (NDManager scope = weight.getManager().newSubManager()) {
        NDArray bound = largest.mul(1 - (double) i / STEPS);
        bound.attach(scope);
        NDArray rounded = grid.round(clipped(weight, bound)).dense();
        NDArray d = rounded.subi(weight).reshape(grouped.getShape()).transpose(1, 0, 2);
        NDArray errors = d.batchMatMul(blocks).muli(d).sum(new int[] {2}, true).transpose(1, 0, 2);
        if (least == null) {
          least = errors;
        } else {
          NDArray better = errors.lt(least);
          best = NDArrays.where(better, bound, best);
          least = NDArrays.where(better, errors, least);
        }
        best.attach(weight.getManager());
        least.attach(weight.getManager());
      }
    }
    return best;
  }

  /** min(max(w, −c), c). Temporaries belong to the manager of the bound. */
  private static NDArray clipped(NDArray weight, NDArray bound) {
    NDArray low = bound.neg();
    NDArray grouped =
        NDArrays.maximum(
            low, weight.reshape(weight.getShape().get(0), bound.getShape().get(1), -1));
    return NDArrays.minimum(bound, grouped).reshape(weight.getShape());
  }

  /** The blocks on the diagonal of XᵀX, {@code [groups, group size, group size]}. */
  private static NDArray diagonalBlocks(NDArray gram, int group, NDManager manager) {
    NDList blocks = new NDList();
    for (int from = 0; from < gram.getShape().get(0); from += group) {
      String range = from + ":" + (from + group);
      blocks.add(gram.get(manager, new NDIndex(range + ", " + range)));
    }
    return NDArrays.stack(blocks);
  }

  @Override
  public Compressor forLinear(String linear) {
    boolean attends = linear.contains("q_proj") || linear.contains("k_proj");
    return clip && attends ? unclipped() : this;
  }

  @Override
  public AwqRound sharing(DoubleSupplier largest) {
    return new AwqRound(grid.numbers(grid.numbers().within(largest)), clip);
  }

  @Override
  public boolean leavesCodes() {
    return true;
  }

  @Override
  public boolean calibrated() {
    return clip;
  }

  @Override
  public boolean propagates() {
    return false;
  }
}
