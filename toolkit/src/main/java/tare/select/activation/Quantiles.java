package tare.select.activation;

import java.util.Arrays;

/**
 * Computes quantiles of each coordinate of vectors. Coordinates are gathered in bands, so that
 * memory does not grow with the number of rows.
 */
final class Quantiles {

  private static final int BAND_VALUES = 1 << 25;

  private Quantiles() {}

  /**
   * The median and another quantile of each coordinate.
   *
   * @param share 0 to 1; the quantile is the smallest value that is not below this share of the
   *     values
   * @return {@code [2][D]}: the medians, the quantiles
   */
  static float[][] medianAnd(double share, FittedScaling.Rows rows, int size) {
    float[][] both = new float[2][size];
    columns(
        rows,
        size,
        (c, values) -> {
          both[0][c] = middle(values);
          int at = (int) Math.ceil(share * values.length) - 1;
          both[1][c] = values[Math.max(0, at)];
        });
    return both;
  }

  private interface Column {
    void see(int coordinate, float[] values);
  }

  private static void columns(FittedScaling.Rows rows, int size, Column column) {
    int band = Math.max(1, BAND_VALUES / Math.max(1, rows.count()));
    for (int from = 0; from < size; from += band) {
      int to = Math.min(size, from + band);
      float[][] columns = new float[to - from][rows.count()];
      for (int i = 0; i < rows.count(); i++) {
        float[] row = rows.row().apply(i);
        for (int c = from; c < to; c++) {
          columns[c - from][i] = row[c];
        }
      }
      for (int c = from; c < to; c++) {
        column.see(c, columns[c - from]);
      }
    }
  }

  /** Sorts the values. For an even number, it is the mean of the middle two. */
  private static float middle(float[] values) {
    Arrays.sort(values);
    return (values[(values.length - 1) / 2] + values[values.length / 2]) / 2;
  }
}
