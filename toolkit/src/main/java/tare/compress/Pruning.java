package tare.compress;

import java.util.stream.IntStream;

/**
 * Chooses on SparseGPT's walk which weights fall, by |w| / U_jj, which has the order of (w /
 * U_jj)².
 *
 * @param pattern which weights compete
 * @param pruned filled in as the walk goes, {@code [rows, columns]}
 * @param columns inputs of the whole weight
 * @param rest compresses a column once it is known what falls
 */
record Pruning(SparsityPattern pattern, boolean[] pruned, int columns, ColumnWalk.Rule rest)
    implements ColumnWalk.Rule {

  /** Shares are chosen for a block as a whole. */
  @Override
  public void begin(ColumnWalk.Block block) {
    rest.begin(block);
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

  @Override
  public void compress(ColumnWalk.Band band, int j, double[] compressed) {
    if (pattern instanceof SparsityPattern.EveryFew every && j % every.among() == 0) {
      choose(every, band, j);
    }
    rest.compress(band, j, compressed);
  }

  /** Chooses among the M columns from {@code j} on, in each row of a band. */
  private void choose(SparsityPattern.EveryFew every, ColumnWalk.Band band, int j) {
    int run = every.among();
    int rows = band.columns()[j].length;
    float[] scores = new float[rows * run];
    for (int r = 0; r < rows; r++) {
      for (int k = 0; k < run; k++) {
        scores[r * run + k] = score(band.columns()[j + k][r], band.block(), j + k);
      }
    }
    boolean[] lowest = new boolean[scores.length];
    for (int r = 0; r < rows; r++) {
      Lowest.mark(scores, r * run, (r + 1) * run, every.zeros(), lowest);
      int at = (band.firstRow() + r) * columns + band.block().start() + j;
      System.arraycopy(lowest, r * run, pruned, at, run);
    }
  }

  private static float score(double weight, ColumnWalk.Block block, int k) {
    return (float) (Math.abs(weight) / block.pivot(k));
  }
}
