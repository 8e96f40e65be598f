package tare.compress;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import java.util.stream.IntStream;

/**
 * Rounds the columns of one weight to the grids of their groups, along GPTQ's walk. Pruned weights
 * count as zero when a grid is fitted, and get the code of zero, which lies on every grid; the walk
 * spreads what they were as their error.
 */
public final class GridRounding implements ColumnWalk.Rule {

  /** Rows that are copied to the host at once, so that there is never a copy of all weights. */
  private static final int ROWS_AT_ONCE = 512;

  private final Gptq settings;
  private final WeightGrid grid;
  private final GramFactor factor;
  private final int rows;
  private final int columns;
  private final int group;
  private final int groups;
  private final boolean fittedBeforehand;
  private final double[] scales; // [groups, rows]
  private final double[] zeros; // [groups, rows]
  private final byte[] codes; // [rows, columns], columns in natural order
  private final boolean[] pruned; // [rows, columns]

  /**
   * Fits the grids that depend on the original weights alone.
   *
   * @param weight W, {@code [out, in]}
   * @param pruned which weights become zero, row-major; read when their column is reached, so that
   *     whoever walks may choose them on the way
   */
  public GridRounding(Gptq settings, NDArray weight, GramFactor factor, boolean[] pruned) {
    this.settings = settings;
    this.pruned = pruned;
    this.factor = factor;
    grid = new WeightGrid(settings.bits(), settings.isSymmetric(), settings.mse());
    rows = (int) weight.getShape().get(0);
    columns = (int) weight.getShape().get(1);
    group =
        settings.groupSize() == Rtn.PER_CHANNEL ? columns : Math.min(settings.groupSize(), columns);
    groups = (columns + group - 1) / group;
    fittedBeforehand = groups == 1 || settings.grids() == Gptq.Grids.STATIC;
    scales = new double[groups * rows];
    zeros = new double[groups * rows];
    codes = new byte[rows * columns];
    if (fittedBeforehand) {
      for (int first = 0; first < rows; first += ROWS_AT_ONCE) {
        int last = Math.min(rows, first + ROWS_AT_ONCE);
        try (NDArray some = weight.get(new NDIndex("{}:{}", first, last))) {
          fitBeforehand(first, some.toFloatArray());
        }
      }
    }
  }

  /**
   * The block size, made a multiple of the group's, so that a grid never needs columns whose errors
   * are still to be spread.
   */
  int wholeGroups(int blockSize) {
    return groups == 1 ? blockSize : Math.max(group, blockSize / group * group);
  }

  /**
   * Fits the grids of some rows. Dead channels count as zero, unless there is one scale per output.
   *
   * @param first the first of the rows
   * @param w their weights, row-major
   */
  private void fitBeforehand(int first, float[] w) {
    IntStream.range(0, w.length / columns)
        .parallel()
        .forEach(
            row -> {
              double[] values = new double[columns];
              for (int j = 0; j < columns; j++) {
                values[j] = groups == 1 || !factor.dead()[j] ? w[row * columns + j] : 0;
              }
              for (int g = 0; g < groups; g++) {
                keep(
                    g,
                    first + row,
                    grid.fit(values, g * group, Math.min(columns, (g + 1) * group)));
              }
            });
  }

  private void keep(int g, int row, WeightGrid.Step step) {
    scales[g * rows + row] = step.scale();
    zeros[g * rows + row] = step.zero();
  }

  @Override
  public void compress(ColumnWalk.Band band, int j, double[] compressed) {
    int place = band.block().start() + j;
    int channel = factor.order()[place];
    int g = groupOf(place, channel);
    if (!fittedBeforehand && place % group == 0) {
      fit(band, j, g);
    }
    double[] w = band.columns()[j];
    for (int r = 0; r < w.length; r++) {
      int row = band.firstRow() + r;
      double scale = scales[g * rows + row];
      double zero = zeros[g * rows + row];
      int at = row * columns + channel;
      int code = pruned[at] ? (int) zero : grid.encode(w[r], scale, zero);
      codes[at] = (byte) code;
      compressed[r] = scale * (code - zero);
    }
  }

  /** Fits the grids of a group whose first column is reached. */
  private void fit(ColumnWalk.Band band, int j, int g) {
    ColumnWalk.Block block = band.block();
    double[] values = new double[Math.min(group, block.width() - j)];
    for (int r = 0; r < band.columns()[j].length; r++) {
      int row = band.firstRow() + r;
      for (int k = 0; k < values.length; k++) {
        double value =
            settings.grids() == Gptq.Grids.BLOCK_START
                ? block.columns()[(j + k) * rows + row]
                : band.columns()[j + k][r];
        int channel = factor.order()[block.start() + j + k];
        values[k] = pruned[row * columns + channel] ? 0 : value;
      }
      keep(g, row, grid.fit(values, 0, values.length));
    }
  }

  /**
   * The group of a column: its place in processing order, or with static grids its natural place.
   */
  private int groupOf(int place, int channel) {
    return (settings.grids() == Gptq.Grids.STATIC ? channel : place) / group;
  }

  /** The codes and grids, once all columns are rounded. */
  public Storage.Grid storage() {
    float[] s = new float[rows * groups];
    float[] z = new float[rows * groups];
    for (int g = 0; g < groups; g++) {
      for (int row = 0; row < rows; row++) {
        s[row * groups + g] = (float) scales[g * rows + row];
        z[row * groups + g] = (float) zeros[g * rows + row];
      }
    }
    int[] groupOf = new int[columns];
    for (int place = 0; place < columns; place++) {
      int channel = factor.order()[place];
      groupOf[channel] = groupOf(place, channel);
    }
    return new Storage.Grid(
        settings.bits(), rows, columns, settings.isSymmetric(), group, codes, s, z, groupOf);
  }
}
