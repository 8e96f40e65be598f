package tare.prune;

import java.util.Optional;
import java.util.stream.IntStream;
import tare.compress.ColumnWalk;

/** Chooses what falls, and prunes it, along SparseGPT's walk. */
final class ColumnPruning implements ColumnWalk.Rule {

  private final SparsityPattern pattern;
  private final Optional<SparsityPattern.EveryFew> every;
  private final int columns;
  private final boolean[] pruned;
  private final Survivors survivors;

  /**
   * Starts with nothing pruned.
   *
   * @param columns inputs of the weight
   * @param pruned {@code [rows, columns]}; set as the walk goes on
   * @param survivors takes the weights that stay
   */
  ColumnPruning(SparsityPattern pattern, int columns, boolean[] pruned, Survivors survivors) {
    this.pattern = pattern;
    this.columns = columns;
    this.pruned = pruned;
    this.survivors = survivors;
    every = pattern instanceof SparsityPattern.EveryFew few ? Optional.of(few) : Optional.empty();
  }

  /** Chooses within the block as a whole; |w| / U_jj has the order of its square. */
  @Override
  public void begin(ColumnWalk.Block block) {
    if (every.isPresent()) {
      return;
    }
    int rows = block.rows();
    int width = block.width();
    float[] scores = new float[rows * width];
    IntStream.range(0, rows)
        .parallel()
        .forEach(
            row -> {
              for (int k = 0; k < width; k++) {
                scores[row * width + k] = score(block, block.columns()[k * rows + row], k);
              }
            });
    boolean[] lowest = pattern.lowest(scores, rows, width);
    for (int row = 0; row < rows; row++) {
      System.arraycopy(lowest, row * width, pruned, row * columns + block.start(), width);
    }
  }

  @Override
  public void compress(ColumnWalk.Band band, int j, double[] compressed) {
    if (every.isPresent() && j % every.get().among() == 0) {
      choose(every.get(), band, j);
    }
    double[] w = band.columns()[j];
    for (int r = 0; r < w.length; r++) {
      int at = (band.firstRow() + r) * columns + band.block().start() + j;
      compressed[r] = pruned[at] ? 0 : survivors.keep(at, w[r]);
    }
  }

  /** Chooses among the M columns from {@code j} on, in each row of a band. */
  private void choose(SparsityPattern.EveryFew few, ColumnWalk.Band band, int j) {
    int run = few.among();
    int rows = band.columns()[j].length;
    float[] scores = new float[rows * run];
    for (int r = 0; r < rows; r++) {
      for (int k = 0; k < run; k++) {
        scores[r * run + k] = score(band.block(), band.columns()[j + k][r], j + k);
      }
    }
    boolean[] lowest = few.lowest(scores, rows, run);
    for (int r = 0; r < rows; r++) {
      int at = (band.firstRow() + r) * columns + band.block().start() + j;
      System.arraycopy(lowest, r * run, pruned, at, run);
    }
  }

  private static float score(ColumnWalk.Block block, double weight, int k) {
    return (float) (Math.abs(weight) / block.pivot(k));
  }
}
