package tare.prune;

import ai.djl.ndarray.NDArray;
import java.util.Optional;
import tare.compress.ColumnWalk;
import tare.compress.Compressed;
import tare.compress.Compressor;
import tare.compress.GramFactor;
import tare.compress.LayerInputs;
import tare.quantize.Rtn;

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
    float[] original = weight.toFloatArray();
    Survivors survivors =
        rounding.isPresent()
            ? Survivors.rounded(rounding.get(), original, columns, factor.dead())
            : Survivors.kept(original.length);
    boolean[] pruned = new boolean[original.length];
    ColumnWalk.over(weight, factor, step(), new ColumnPruning(pattern, columns, pruned, survivors));
    return new Compressed(survivors.storage(pruned), factor.notes());
  }

  private int step() {
    return pattern instanceof SparsityPattern.EveryFew every
        ? Math.max(1, blockSize / every.among()) * every.among()
        : blockSize;
  }
}
