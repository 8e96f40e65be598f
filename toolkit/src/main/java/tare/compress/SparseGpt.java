package tare.compress;

import ai.djl.ndarray.NDArray;
import java.util.Optional;

/**
 * SparseGPT (Frantar and Alistarh 2023, algorithm 1): columns are pruned one after another, and the
 * error of each is spread over the columns still to come, in the way that changes the layer's
 * outputs least. Which weights fall is chosen by (w / U_jj)², from weights that carry all earlier
 * errors: for a share of zeros at the start of each block of columns, for N:M at the start of each
 * run of M.
 *
 * @param pattern which weights compete: within a block of all rows ({@link SparsityPattern#matrix},
 *     as the paper does), within a block of one row, or N:M
 * @param damping λ: this share of the mean of H's diagonal is added to the diagonal
 * @param blockSize columns of a block; it changes nothing for N:M, where it is cut to a multiple of
 *     M
 * @param rounding the grid that survivors are rounded to in the same loop (the paper's section
 *     3.5); fitted to the original weights, and empty for pruning alone
 */
public record SparseGpt(
    SparsityPattern pattern, double damping, int blockSize, Optional<Rtn> rounding)
    implements Compressor {

  /** Checks the settings. */
  public SparseGpt {
    if (!(damping > 0) || blockSize < 1) {
      throw new IllegalArgumentException(
          "SparseGPT needs a damping above 0 and a block of at least 1 column; got "
              + damping
              + " and "
              + blockSize);
    }
  }

  /** Damping 0.01, blocks of 128. */
  public SparseGpt(SparsityPattern pattern) {
    this(pattern, 0.01, 128, Optional.empty());
  }

  /** A share of each block of 128 columns. */
  public SparseGpt(double sparsity) {
    this(SparsityPattern.matrix(sparsity));
  }

  /** The same pruning, with survivors rounded in the same loop. */
  public SparseGpt rounding(Rtn grid) {
    return new SparseGpt(pattern, damping, blockSize, Optional.of(grid));
  }

  @Override
  public Compressed compress(NDArray weight, LayerInputs inputs) {
    int columns = (int) weight.getShape().get(1);
    if (pattern instanceof SparsityPattern.EveryFew every) {
      every.requireDivides(columns);
    }
    GramFactor factor = inputs.factor(damping, false);
    boolean[] pruned = new boolean[(int) weight.size()];
    if (rounding.isPresent()) {
      GridRounding grid = new GridRounding(asGptq(rounding.get()), weight, factor, pruned);
      ColumnWalk.over(weight, factor, step(), new Pruning(pattern, pruned, columns, grid));
      return new Compressed(grid.storage(), factor.notes());
    }
    Survivors left = new Survivors(new float[pruned.length], pruned, columns);
    ColumnWalk.over(weight, factor, step(), new Pruning(pattern, pruned, columns, left));
    return new Compressed(new Storage.Sparse(left.values(), pruned), factor.notes());
  }

  /** Columns of a block: for N:M whole runs of M. */
  private int step() {
    return pattern instanceof SparsityPattern.EveryFew every
        ? Math.max(1, blockSize / every.among()) * every.among()
        : blockSize;
  }

  /** GPTQ's rounding without its order, on grids fitted to the original weights. */
  private Gptq asGptq(Rtn grid) {
    return new Gptq(
        grid.bits(),
        grid.groupSize(),
        grid.symmetric(),
        false,
        Gptq.Grids.STATIC,
        damping,
        false,
        blockSize);
  }

  /** Keeps the weights that are left as they are. */
  private record Survivors(float[] values, boolean[] pruned, int columns)
      implements ColumnWalk.Rule {
    @Override
    public void compress(ColumnWalk.Band band, int j, double[] compressed) {
      double[] w = band.columns()[j];
      for (int r = 0; r < w.length; r++) {
        int at = (band.firstRow() + r) * columns + band.block().start() + j;
        compressed[r] = pruned[at] ? 0 : w[r];
        values[at] = (float) compressed[r];
      }
    }
  }
}
