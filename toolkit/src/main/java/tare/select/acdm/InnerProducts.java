package tare.select.acdm;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import tare.select.activation.Euclidean;
import tare.select.activation.FittedScaling;

/**
 * All inner products of some vectors, computed in tiles.
 *
 * @param values {@code [n][n]}, symmetric
 */
record InnerProducts(float[][] values) {

  private static final int TILE_VALUES = 1 << 24;

  /** The inner products of rows of equal size, which are read again for each tile. */
  static InnerProducts of(FittedScaling.Rows rows, int size) {
    int n = rows.count();
    int tile = Math.max(1, Math.min(n, TILE_VALUES / size));
    float[][] values = new float[n][n];
    try (NDManager manager = NDManager.newBaseManager()) {
      for (int a = 0; a < n; a += tile) {
        try (NDManager outer = manager.newSubManager()) {
          NDArray left = matrix(rows, a, Math.min(n, a + tile), size, outer);
          for (int b = a; b < n; b += tile) {
            try (NDManager inner = outer.newSubManager()) {
              NDArray right = b == a ? left : matrix(rows, b, Math.min(n, b + tile), size, inner);
              NDArray products = left.matMul(right.transpose());
              products.attach(inner);
              put(values, a, b, products);
            }
          }
        }
      }
    }
    return new InnerProducts(values);
  }

  private static NDArray matrix(
      FittedScaling.Rows rows, int from, int to, int size, NDManager manager) {
    float[] flat = new float[(to - from) * size];
    for (int i = from; i < to; i++) {
      System.arraycopy(rows.row().apply(i), 0, flat, (i - from) * size, size);
    }
    return manager.create(flat, new Shape(to - from, size));
  }

  private static void put(float[][] values, int a, int b, NDArray products) {
    int columns = (int) products.getShape().get(1);
    float[] flat = products.toFloatArray();
    for (int at = 0; at < flat.length; at++) {
      int i = a + at / columns;
      int j = b + at % columns;
      values[i][j] = flat[at];
      values[j][i] = flat[at];
    }
  }

  /** The distance of two vectors. */
  double distance(int i, int j) {
    return Math.sqrt(Math.max(0, values[i][i] + values[j][j] - 2.0 * values[i][j]));
  }

  /** tr(G)² / ‖G‖²: the number of directions in which the vectors spread, 1 to n. */
  double effectiveRank() {
    double trace = 0;
    double squares = 0;
    for (int i = 0; i < values.length; i++) {
      trace += values[i][i];
      squares += Euclidean.dot(values[i], values[i]);
    }
    return trace * trace / squares;
  }
}
