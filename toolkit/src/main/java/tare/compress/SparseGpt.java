package tare.compress;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import com.fasterxml.jackson.annotation.JsonTypeName;
import java.util.List;
import java.util.Optional;
import java.util.function.DoubleSupplier;
import java.util.stream.IntStream;
import tare.grid.Storage;
import tare.grid.TokenGrid;
import tare.tensor.Lowest;

/**
 * SparseGPT (Frantar and Alistarh 2023, algorithm 1): prunes the columns of a weight one after
 * another.
 *
 * <pre>{@code
 * NDManager manager = NDManager.newBaseManager();
 * NDArray weight = manager.randomNormal(new Shape(64, 128));
 * LayerInputs inputs = LayerInputs.of(manager.randomNormal(new Shape(512, 128)));
 * Compressed pruned = new SparseGpt(0.5).rounding(new Rtn(4, 64)).compress(weight, inputs);
 * }</pre>
 *
 * <p>The error of each column is spread over the columns to come, so that the layer's outputs
 * change least. The weights with the lowest (w / U_jj)² are pruned, where w includes the errors of
 * all earlier columns. A share is chosen when a block of columns begins, N:M when a run of M
 * begins.
 *
 * @param pattern which weights compete: those of a block in all rows (a share, as in the paper), of
 *     a block in one row ({@link SparsityPattern#rows}), or N:M
 * @param damping λ: this share of the mean of H's diagonal is added to the diagonal
 * @param blockSize columns of a block. For N:M, it is cut to a multiple of M and changes nothing
 * @param rounding the grid that the remaining weights are rounded to in the same loop (section 3.5
 *     of the paper), fitted to the original weights; empty for pruning alone
 */
@JsonTypeName("sparsegpt")
public record SparseGpt(
    @JsonProperty(value = "sparsity", required = true)
        @JsonPropertyDescription("sparsity such as 0.5, or N:M such as 2:4")
        SparsityPattern pattern,
    double damping,
    int blockSize,
    @JsonPropertyDescription("round the remaining weights in the same loop") Optional<Rtn> rounding)
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

  /** SparseGPT with damping 0.01 and blocks of 128 columns. */
  public SparseGpt(SparsityPattern pattern) {
    this(pattern, 0.01, 128, Optional.empty());
  }

  /** Prunes each block of 128 columns to a sparsity. */
  public SparseGpt(double sparsity) {
    this(SparsityPattern.share(sparsity));
  }

  /** Prunes each block to a sparsity such as {@code 0.5}, or N:M such as {@code 2:4}. */
  public SparseGpt(String sparsity) {
    this(SparsityPattern.parse(sparsity));
  }

  @Override
  public Compressed compress(NDArray weight, LayerInputs inputs) {
    GramFactor factor = inputs.factor(damping, false); // R = U⁻¹ with UᵀU = H⁻¹, once for all rows
    if (weight.getDevice().isGpu()) {
      return DeviceColumns.sparseGpt(this, weight, factor);
    }
    Mask mask = new Mask(pattern, weight);
    Optional<Gptq.Rounding> grid =
        rounding.map(each -> new Gptq.Rounding(asGptq(each), weight, factor, mask.pruned));
    ColumnWalk.blocks(
        weight,
        factor,
        wholeRuns(),
        block -> {
          mask.choose(block); // a share: prunes the lowest (w / U_jj)² of the block
          block.bands(
              band -> {
                for (int j = 0; j < block.width(); j++) {
                  mask.choose(band, j); // N:M: where a run begins, prunes its lowest
                  if (grid.isPresent()) {
                    grid.get().round(band, j); // ŵ = nearest point of the grid, 0 where pruned
                  } else {
                    mask.keep(band, j); // ŵ = w, 0 where pruned
                  }
                  band.spread(j); // E_j = (w − ŵ) / U_jj, over the columns to come
                }
              });
        });
    Storage storage = grid.isPresent() ? grid.get().storage() : mask.storage();
    return new Compressed(storage, factor.notes());
  }

  /** Number of columns per block; for N:M a multiple of M. */
  int wholeRuns() {
    return pattern instanceof SparsityPattern.EveryFew every
        ? Math.max(1, blockSize / every.among()) * every.among()
        : blockSize;
  }

  /** GPTQ's rounding in natural order, on grids fitted to the original weights. */
  Gptq asGptq(Rtn grid) {
    return new Gptq(
        grid.bits(),
        grid.groupSize(),
        grid.isSymmetric(),
        false,
        Gptq.Grids.STATIC,
        damping,
        grid.mse(),
        blockSize,
        false,
        grid.numbers(),
        grid.inputBits());
  }

  @Override
  public SparseGpt sharing(DoubleSupplier largest) {
    return Method.with(this, "rounding", rounding.map(grid -> grid.sharing(largest)));
  }

  @Override
  public Optional<TokenGrid> inputs() {
    return rounding.flatMap(Rtn::inputs);
  }

  /** Which weights are pruned, and the values of the others. */
  private static final class Mask {

    private final SparsityPattern pattern;
    private final int columns;
    private final boolean[] pruned; // [rows, columns]
    private final float[] values; // [rows, columns]

    Mask(SparsityPattern pattern, NDArray weight) {
      this.pattern = pattern;
      columns = (int) weight.getShape().get(1);
      if (pattern instanceof SparsityPattern.EveryFew every) {
        every.requireDivides(columns);
      }
      pruned = new boolean[(int) weight.size()];
      values = new float[pruned.length];
    }

    /** Chooses the share of a block that is pruned. Does nothing for N:M. */
    void choose(ColumnWalk.Block block) {
      if (pattern instanceof SparsityPattern.EveryFew) {
        return;
      }
      int width = block.width();
      float[] scores = new float[block.columns().length];
      IntStream.range(0, block.rows())
          .parallel()
          .forEach(
              row -> {
                for (int k = 0; k < width; k++) {
                  double w = block.columns()[k * block.rows() + row];
                  scores[row * width + k] = score(w, block, k);
                }
              });
      boolean[] lowest = pattern.lowest(scores, block.rows(), width);
      for (int row = 0; row < block.rows(); row++) {
        System.arraycopy(lowest, row * width, pruned, row * columns + block.start(), width);
      }
    }

    /** Chooses N of the M columns from j on, if a run of M begins there. Not for a share. */
    void choose(ColumnWalk.Band band, int j) {
      if (!(pattern instanceof SparsityPattern.EveryFew every) || j % every.among() != 0) {
        return;
      }
      int run = every.among();
      float[] scores = new float[band.rows() * run];
      for (int r = 0; r < band.rows(); r++) {
        for (int k = 0; k < run; k++) {
          scores[r * run + k] = score(band.columns()[j + k][r], band.block(), j + k);
        }
      }
      boolean[] lowest = new boolean[scores.length];
      for (int r = 0; r < band.rows(); r++) {
        Lowest.mark(scores, r * run, (r + 1) * run, every.zeros(), lowest);
        int at = (band.firstRow() + r) * columns + band.block().start() + j;
        System.arraycopy(lowest, r * run, pruned, at, run);
      }
    }

    /** |w| / U_jj, which has the order of (w / U_jj)². */
    private static float score(double weight, ColumnWalk.Block block, int k) {
      return (float) (Math.abs(weight) / block.pivot(k));
    }

    /** Keeps the remaining weights of column j. */
    void keep(ColumnWalk.Band band, int j) {
      double[] w = band.columns()[j];
      double[] kept = band.compressed();
      for (int r = 0; r < w.length; r++) {
        int at = (band.firstRow() + r) * columns + band.block().start() + j;
        kept[r] = pruned[at] ? 0 : w[r];
        values[at] = (float) kept[r];
      }
    }

    Storage storage() {
      return new Storage.Sparse(values, pruned);
    }
  }

  @Override
  public Recipe recipe() {
    return new Recipe(
        rounding.isPresent() ? "sparsegpt-rtn" : "sparsegpt", List.of(), this, inputs());
  }

  @Override
  public boolean leavesCodes() {
    return rounding.isPresent();
  }

  @Override
  public Compressor then(MaskedCompressor next) {
    if (rounding.isPresent()) {
      throw new IllegalArgumentException("sparsegpt takes either rounding or then, not both");
    }
    return Pruner.super.then(next);
  }

  /** Returns a copy with another λ. */
  public SparseGpt damping(double other) {
    return Method.with(this, "damping", other);
  }

  /** Returns a copy with another number of columns in a block. */
  public SparseGpt blockSize(int other) {
    return Method.with(this, "blockSize", other);
  }

  /** Returns a copy that rounds the remaining weights in the same loop. */
  public SparseGpt rounding(Rtn grid) {
    return Method.with(this, "rounding", Optional.of(grid));
  }
}
