package tare.compress;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import com.fasterxml.jackson.annotation.JsonTypeName;
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
@JsonTypeName("sparsegpt")
public record SparseGpt(
    @JsonProperty(value = "sparsity", required = true)
        @JsonPropertyDescription("share of zeros such as 0.5, or N:M such as 2:4")
        SparsityPattern pattern,
    double damping,
    int blockSize,
    @JsonPropertyDescription("round the weights that are left in the same loop")
        Optional<Rtn> rounding)
    implements Pruner {

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
    this(SparsityPattern.share(sparsity));
  }

  /** A share of each block such as {@code 0.5}, or N:M such as {@code 2:4}. */
  public SparseGpt(String sparsity) {
    this(SparsityPattern.parse(sparsity));
  }

  /** The same with another λ. */
  public SparseGpt damping(double other) {
    return Method.with(this, "damping", other);
  }

  /** The same with blocks of other numbers of columns. */
  public SparseGpt blockSize(int other) {
    return Method.with(this, "blockSize", other);
  }

  /** The same pruning, with survivors rounded in the same loop. */
  public SparseGpt rounding(Rtn grid) {
    return Method.with(this, "rounding", Optional.of(grid));
  }

  @Override
  public Recipe recipe() {
    return new Recipe(rounding.isPresent() ? "sparsegpt-rtn" : "sparsegpt", this);
  }

  @Override
  public boolean leavesCodes() {
    return rounding.isPresent();
  }

  @Override
  public Compressor then(MaskedCompressor next) {
    if (rounding.isPresent()) {
      throw new IllegalArgumentException("sparsegpt takes rounding or then, not both");
    }
    return Pruner.super.then(next);
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
    Gptq gptq =
        new Gptq(grid.bits(), grid.groupSize())
            .naturalOrder()
            .grids(Gptq.Grids.STATIC)
            .damping(damping)
            .blockSize(blockSize);
    return grid.isSymmetric() ? gptq.symmetric() : gptq;
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
