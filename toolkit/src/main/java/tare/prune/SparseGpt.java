package tare.prune;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Optional;
import java.util.stream.IntStream;
import tare.compress.Compressed;
import tare.compress.Compressor;
import tare.compress.InverseFactor;
import tare.compress.LayerInputs;
import tare.quantize.Rtn;

/**
 * SparseGPT (Frantar and Alistarh 2023, algorithm 1): columns are pruned one after another, and the
 * error of each is spread over the columns still to come, in the way that changes the layer's
 * outputs least. Which weights fall is chosen by (w / U_jj)², from weights that carry all earlier
 * errors: for a share of zeros at the start of each block of columns, for N:M at the start of each
 * run of M. Factor and loop are float64.
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
    InverseFactor factor = inputs.factor(damping, false);
    float[] original = weight.toFloatArray();
    Survivors survivors =
        rounding.isPresent()
            ? Survivors.rounded(rounding.get(), original, columns, factor.dead())
            : Survivors.kept(original.length);
    boolean[] pruned = new boolean[original.length];
    try (NDManager scope = weight.getManager().newSubManager()) {
      NDArray w = scope.create(living(original, factor.dead()), weight.getShape());
      walk(w, factor, pruned, survivors, scope);
    }
    return new Compressed(survivors.storage(pruned), note(factor));
  }

  /** The weights in float64, those of dead channels zero. */
  private static double[] living(float[] original, boolean[] dead) {
    double[] w = new double[original.length];
    for (int i = 0; i < w.length; i++) {
      w[i] = dead[i % dead.length] ? 0 : original[i];
    }
    return w;
  }

  /**
   * Block after block: prune its columns on the host, then spread their errors over the rest as one
   * product.
   */
  private void walk(
      NDArray weights, InverseFactor factor, boolean[] pruned, Survivors out, NDManager scope) {
    int rows = (int) weights.getShape().get(0);
    int columns = (int) weights.getShape().get(1);
    NDArray upper = factor.upper();
    NDArray rest = weights;
    int step = step();
    for (int start = 0; start < columns; start += step) {
      int width = Math.min(step, columns - start);
      int end = start + width;
      ColumnBlock block =
          new ColumnBlock(
              rows,
              columns,
              start,
              width,
              rest.get(":, 0:" + width).toDoubleArray(),
              upper.get(start + ":" + end + ", " + start + ":" + end).toDoubleArray());
      double[] errors = block.prune(pattern, pruned, out);
      if (end < columns) {
        NDArray e = scope.create(errors, new Shape(rows, width));
        NDArray spread = e.matMul(upper.get(start + ":" + end + ", " + end + ":"));
        NDArray next = rest.get(":, " + width + ":").subi(spread);
        e.close();
        spread.close();
        rest = next;
      }
    }
  }

  private int step() {
    return pattern instanceof SparsityPattern.EveryFew every
        ? Math.max(1, blockSize / every.among()) * every.among()
        : blockSize;
  }

  private static String note(InverseFactor factor) {
    long dead = IntStream.range(0, factor.dead().length).filter(j -> factor.dead()[j]).count();
    String zeroed = dead > 0 ? dead + " dead channels zeroed" : "";
    boolean both = !factor.note().isEmpty() && dead > 0;
    return factor.note() + (both ? "; " : "") + zeroed;
  }
}
