package tare.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import java.util.Optional;

/**
 * An upper triangular matrix in panels of columns. Panel p holds the columns from p · width on, and
 * of them the rows down to its last column. So panels take half the memory of a whole matrix, and
 * the first rows of each are contiguous, as oneDNN's product needs them.
 *
 * @param panels the panels, all of one type; the last may have fewer columns
 * @param width columns of a panel
 * @param size rows and columns of the matrix
 */
public record Triangle(List<NDArray> panels, int width, int size) {

  /** Columns of a panel of {@link #factor}. */
  public static final int WIDTH = 512;

  /** Rows of a product that are computed at once, so that the sums stay in the cache. */
  private static final int TILE = 1024;

  /** A symmetric matrix, of which {@link #factor} asks for one panel after another. */
  public interface Symmetric {
    /**
     * Columns {@code from} to {@code to}, and of them rows 0 to {@code to}, float32, contiguous,
     * for the caller to overwrite.
     */
    NDArray panel(int from, int to);
  }

  /** A matrix in one panel. */
  public static Triangle of(NDArray whole) {
    int size = (int) whole.getShape().get(0);
    return new Triangle(List.of(whole), size, size);
  }

  /** The number format. */
  public DataType type() {
    return panels.get(0).getDataType();
  }

  /**
   * Some rows and columns, without the last ones: {@code [lastRow − firstRow, lastColumn −
   * firstColumn]}. Rows below the panel of a column are zero.
   *
   * @param manager the result belongs to it
   */
  public NDArray part(
      NDManager manager, int firstRow, int lastRow, int firstColumn, int lastColumn) {
    NDList parts = new NDList();
    for (int p = firstColumn / width; p * width < lastColumn; p++) {
      NDArray panel = panels.get(p);
      int from = Math.max(0, firstColumn - p * width);
      int to = Math.min(width, lastColumn - p * width);
      int held = (int) Math.min(lastRow, panel.getShape().get(0));
      NDIndex some = new NDIndex("{}:{}, {}:{}", Math.min(firstRow, held), held, from, to);
      NDArray values = panel.get(manager, some);
      if (held < lastRow) {
        Shape below = new Shape(lastRow - Math.max(firstRow, held), to - from);
        values = values.concat(manager.zeros(below, type()), 0);
      }
      parts.add(values);
    }
    return parts.size() == 1 ? parts.get(0) : NDArrays.concat(parts, 1);
  }

  /** The whole matrix. */
  public NDArray whole(NDManager manager) {
    return part(manager, 0, size, 0, size);
  }

  /** The numbers on the diagonal. */
  public double[] diagonal() {
    double[] diagonal = new double[size];
    for (int p = 0; p < panels.size(); p++) {
      NDArray panel = panels.get(p);
      try (NDManager scope = panel.getManager().newSubManager()) {
        long columns = panel.getShape().get(1);
        NDArray square = panel.get(scope, new NDIndex("{}:", panel.getShape().get(0) - columns));
        double[] some = square.diagonal().toType(DataType.FLOAT64, false).toDoubleArray();
        System.arraycopy(some, 0, diagonal, p * width, some.length);
      }
    }
    return diagonal;
  }

  /** Frees the memory. */
  public void close() {
    panels.forEach(NDArray::close);
  }

  /**
   * Factors a positive definite matrix H = R Rᵀ in float32, panel by panel from the last: R_bb is
   * the factor of H_bb − Σ R_bq R_bqᵀ over the panels q behind b, and the rows above it follow from
   * the same sum and R_bb⁻ᵀ. Nearly all work are products, for which oneDNN takes half the time of
   * PyTorch's own factorization on an AMD processor. Panels on the diagonal are float64.
   *
   * @param h the matrix H
   * @param size its rows and columns
   * @param manager the result belongs to it, on a processor
   * @return R, or empty if H is not positive definite
   */
  public static Optional<Triangle> factor(Symmetric h, int size, NDManager manager) {
    int count = (size + WIDTH - 1) / WIDTH;
    NDArray[] panels = new NDArray[count];
    TorchCall product = TorchCall.linear(manager.getDevice());
    TorchCall cholesky = TorchCall.of("cholesky_ex", manager.getDevice());
    TorchCall solve = TorchCall.of("solve_upper", manager.getDevice());
    try (NDManager scope = manager.newSubManager()) {
      for (int p = count - 1; p >= 0; p--) {
        int from = p * WIDTH;
        int to = Math.min(size, from + WIDTH);
        NDArray panel = h.panel(from, to);
        panel.attach(scope);
        panels[p] = panel;
        for (int row = 0; row < to; row += TILE) {
          try (NDManager inner = scope.newSubManager()) {
            NDIndex tile = new NDIndex("{}:{}", row, Math.min(to, row + TILE));
            NDArray sums = panel.get(inner, tile);
            for (int q = p + 1; q < count; q++) {
              NDArray rows = panels[q].get(inner, tile);
              NDArray own = panels[q].get(inner, new NDIndex("{}:{}", from, to));
              sums.subi(product.call(rows, own));
            }
          }
        }
        try (NDManager inner = scope.newSubManager()) {
          NDIndex onDiagonal = new NDIndex("{}:{}", from, to);
          NDArray square = panel.get(inner, onDiagonal).toType(DataType.FLOAT64, false);
          NDList factored = cholesky.all(square.flip(0, 1));
          if (factored.get(1).toIntArray()[0] != 0) {
            return Optional.empty();
          }
          NDArray r = factored.get(0).flip(0, 1);
          NDArray eye = inner.eye(to - from).toType(DataType.FLOAT64, false);
          NDArray inverse = solve.call(r, eye).toType(DataType.FLOAT32, false);
          panel.set(onDiagonal, r.toType(DataType.FLOAT32, false));
          for (int row = 0; row < from; row += TILE) {
            NDIndex tile = new NDIndex("{}:{}", row, Math.min(from, row + TILE));
            panel.set(tile, product.call(panel.get(inner, tile), inverse));
          }
        }
      }
      for (NDArray panel : panels) {
        panel.attach(manager);
      }
      return Optional.of(new Triangle(List.of(panels), WIDTH, size));
    }
  }
}
