package tare.prune;

import java.util.Optional;
import java.util.stream.IntStream;

/**
 * A block of columns on its way through SparseGPT, in float64.
 *
 * @param rows outputs
 * @param columns inputs of the whole weight
 * @param start the block's first column
 * @param width columns of the block
 * @param weights with all earlier blocks' errors in them, {@code [rows, width]}
 * @param u the block of U on the diagonal, {@code [width, width]}
 */
record ColumnBlock(int rows, int columns, int start, int width, double[] weights, double[] u) {

  private static final int BAND = 64;

  /**
   * Chooses what falls, and walks the columns; each thread takes bands of rows.
   *
   * @param pruned of the whole weight, {@code [rows, columns]}; this block's part is set
   * @param survivors takes the weights that stay
   * @return E = (w − ŵ) / U_jj, {@code [rows, width]}
   */
  double[] prune(SparsityPattern pattern, boolean[] pruned, Survivors survivors) {
    Optional<SparsityPattern.EveryFew> every =
        pattern instanceof SparsityPattern.EveryFew few ? Optional.of(few) : Optional.empty();
    if (every.isEmpty()) {
      mark(pattern, pruned);
    }
    double[] errors = new double[weights.length];
    IntStream.range(0, (rows + BAND - 1) / BAND)
        .parallel()
        .forEach(
            band -> {
              int first = band * BAND;
              double[][] w = byColumn(first, Math.min(BAND, rows - first));
              for (int j = 0; j < width; j++) {
                if (every.isPresent() && j % every.get().among() == 0) {
                  mark(every.get(), first, w, j, pruned);
                }
                spread(w, j, prune(first, w[j], j, pruned, survivors, errors));
              }
            });
    return errors;
  }

  /** Columns of a band of rows, {@code [width][rows of the band]}. */
  private double[][] byColumn(int first, int count) {
    double[][] w = new double[width][count];
    for (int r = 0; r < count; r++) {
      for (int k = 0; k < width; k++) {
        w[k][r] = weights[(first + r) * width + k];
      }
    }
    return w;
  }

  /** Chooses within the block as a whole; |w| / U_jj has the order of its square. */
  private void mark(SparsityPattern pattern, boolean[] pruned) {
    float[] scores = new float[weights.length];
    IntStream.range(0, rows)
        .parallel()
        .forEach(
            row -> {
              for (int k = 0; k < width; k++) {
                scores[row * width + k] = score(weights[row * width + k], k);
              }
            });
    boolean[] lowest = pattern.lowest(scores, rows, width);
    for (int row = 0; row < rows; row++) {
      System.arraycopy(lowest, row * width, pruned, row * columns + start, width);
    }
  }

  /** Chooses among the M columns from {@code j} on, in each row of a band. */
  private void mark(
      SparsityPattern.EveryFew every, int first, double[][] w, int j, boolean[] pruned) {
    int run = every.among();
    float[] scores = new float[w[0].length * run];
    for (int r = 0; r < w[0].length; r++) {
      for (int k = 0; k < run; k++) {
        scores[r * run + k] = score(w[j + k][r], j + k);
      }
    }
    boolean[] lowest = new boolean[scores.length];
    for (int r = 0; r < w[0].length; r++) {
      Lowest.mark(scores, r * run, (r + 1) * run, every.zeros(), lowest);
      System.arraycopy(lowest, r * run, pruned, (first + r) * columns + start + j, run);
    }
  }

  private float score(double weight, int k) {
    return (float) (Math.abs(weight) / u[k * width + k]);
  }

  /** Prunes one column of a band and returns its errors. */
  private double[] prune(
      int first, double[] w, int j, boolean[] pruned, Survivors survivors, double[] errors) {
    double[] e = new double[w.length];
    for (int r = 0; r < w.length; r++) {
      int at = (first + r) * columns + start + j;
      double left = pruned[at] ? 0 : survivors.keep(at, w[r]);
      e[r] = (w[r] - left) / u[j * width + j];
      errors[(first + r) * width + j] = e[r];
    }
    return e;
  }

  /** w_k ← w_k − e · U_jk for the later columns of the block. */
  private void spread(double[][] w, int j, double[] e) {
    for (int k = j + 1; k < width; k++) {
      subtract(u[j * width + k], e, w[k]);
    }
  }

  /** A loop of its own, which the compiler turns into one over vectors. */
  private static void subtract(double u, double[] e, double[] w) {
    for (int r = 0; r < w.length; r++) {
      w[r] -= u * e[r];
    }
  }
}
