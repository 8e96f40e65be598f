package tare.compress;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * The walk of GPTQ and SparseGPT along the columns of a weight (Frantar et al. 2023, algorithm 1):
 * each column is compressed, and its error E_j = (w − ŵ) / U_jj is spread over the columns still to
 * come along row j of U.
 *
 * <p>Within a block of columns this happens on the host, rows in bands on all threads. What all
 * earlier blocks spread on block b is E[:, 0:c] U[0:c, b]. With R = U⁻¹ and E U = W − Ŵ, that is
 * −(W − Ŵ)[:, 0:c] R[0:c, b] U_bb: one product on the device when the block's turn comes, and no
 * inverse but that of the blocks on the diagonal.
 */
public final class ColumnWalk {

  /** Rows of a band; the first row of each is a multiple of it. */
  public static final int BAND = 64;

  private final NDArray weight; // [rows, columns]
  private final GramFactor factor;
  private final int rows;
  private final int columns;

  private ColumnWalk(NDArray weight, GramFactor factor) {
    this.factor = factor;
    this.weight = weight;
    rows = (int) weight.getShape().get(0);
    columns = (int) weight.getShape().get(1);
  }

  /** How a column is compressed. */
  public interface Rule {

    /** Told of each block before its columns are walked; all rows, earlier errors included. */
    default void begin(Block block) {}

    /**
     * Compresses one column of a band of rows; called by several threads for different bands.
     *
     * @param band the block's columns in these rows; those up to j include all errors before them
     * @param j the column, counted within the block
     * @param compressed filled with ŵ, {@code [rows of the band]}
     */
    void compress(Band band, int j, double[] compressed);
  }

  /**
   * A block of columns.
   *
   * @param start place of its first column in processing order
   * @param width number of columns
   * @param rows number of rows of the weight
   * @param columns W in processing order, {@code [width, rows]}
   * @param upper the block of U on the diagonal, {@code [width, width]}
   */
  public record Block(int start, int width, int rows, double[] columns, double[] upper) {

    /** U_jj of a column of the block. */
    public double pivot(int j) {
      return upper[j * width + j];
    }
  }

  /**
   * Some rows of a block.
   *
   * @param block the block
   * @param firstRow the first of the rows
   * @param columns their weights, {@code [width][rows of the band]}
   */
  public record Band(Block block, int firstRow, double[][] columns) {}

  /**
   * Walks along all columns.
   *
   * @param weight W, {@code [out, in]}, float32; not changed
   * @param factor R, processing order and dead channels, whose weights count as zero
   * @param blockSize columns of a block
   */
  public static void over(NDArray weight, GramFactor factor, int blockSize, Rule rule) {
    new ColumnWalk(weight, factor).walk(blockSize, rule);
  }

  private void walk(int blockSize, Rule rule) {
    NDArray r = factor.upper();
    try (NDManager scope = weight.getManager().newSubManager()) {
      NDArray changes = scope.zeros(new Shape(columns, rows), r.getDataType()); // (W − Ŵ)ᵀ
      for (int start = 0; start < columns; start += blockSize) {
        int end = Math.min(columns, start + blockSize);
        try (NDManager inner = scope.newSubManager()) {
          NDArray square = r.get(inner, new NDIndex("{}:{}, {}:{}", start, end, start, end));
          double[] upper = inverse(doubles(square), end - start);
          double[] original = original(start, end, inner);
          double[] current = original.clone();
          if (start > 0) {
            NDArray reaching = r.get(inner, new NDIndex("0:{}, {}:{}", start, start, end));
            NDArray earlier = changes.get(inner, new NDIndex("0:{}", start));
            NDArray u = array(upper, square.getShape(), r.getDataType(), inner);
            NDArray products = reaching.transpose().matMul(earlier);
            add(doubles(u.transpose().matMul(products)), current);
          }
          double[] compressed = walk(new Block(start, end - start, rows, current, upper), rule);
          if (end < columns) {
            Arrays.setAll(compressed, i -> original[i] - compressed[i]);
            Shape shape = new Shape(end - start, rows);
            NDArray change = array(compressed, shape, r.getDataType(), inner);
            changes.set(new NDIndex("{}:{}", start, end), change);
          }
        }
      }
    }
  }

  /** The inverse of an upper triangular matrix, by rows from the last. */
  private static double[] inverse(double[] r, int size) {
    double[] u = new double[size * size];
    for (int i = size - 1; i >= 0; i--) {
      double pivot = r[i * size + i];
      u[i * size + i] = 1 / pivot;
      for (int k = i + 1; k < size; k++) {
        double share = r[i * size + k] / pivot;
        for (int j = k; j < size; j++) {
          u[i * size + j] -= share * u[k * size + j];
        }
      }
    }
    return u;
  }

  /** A block's columns of W, in processing order, {@code [width, rows]}; dead ones are zero. */
  private double[] original(int start, int end, NDManager manager) {
    int[] channels = Arrays.copyOfRange(factor.order(), start, end);
    NDIndex chosen = new NDIndex("{}", manager.create(channels));
    double[] block = doubles(weight.transpose().get(manager, chosen)); // rows gather faster
    for (int k = 0; k < channels.length; k++) {
      if (factor.dead()[channels[k]]) {
        Arrays.fill(block, k * rows, (k + 1) * rows, 0);
      }
    }
    return block;
  }

  private static void add(double[] values, double[] to) {
    for (int i = 0; i < to.length; i++) {
      to[i] += values[i];
    }
  }

  /** Walks along the columns of a block; Ŵ, {@code [width, rows]}. */
  private static double[] walk(Block block, Rule rule) {
    rule.begin(block);
    double[] compressed = new double[block.columns().length];
    bands(block.rows()).forEach(first -> walk(block, first, rule, compressed));
    return compressed;
  }

  private static void walk(Block block, int firstRow, Rule rule, double[] compressed) {
    int width = block.width();
    int rows = Math.min(BAND, block.rows() - firstRow);
    double[][] w = new double[width][rows];
    for (int k = 0; k < width; k++) {
      System.arraycopy(block.columns(), k * block.rows() + firstRow, w[k], 0, rows);
    }
    Band band = new Band(block, firstRow, w);
    double[] e = new double[rows];
    for (int j = 0; j < width; j++) {
      rule.compress(band, j, e);
      System.arraycopy(e, 0, compressed, j * block.rows() + firstRow, rows);
      for (int r = 0; r < rows; r++) {
        e[r] = (w[j][r] - e[r]) / block.pivot(j);
      }
      for (int k = j + 1; k < width; k++) {
        subtract(block.upper()[j * width + k], e, w[k]);
      }
    }
  }

  /** w ← w − u · e: a loop of its own, which the compiler turns into one over vectors. */
  private static void subtract(double u, double[] e, double[] w) {
    for (int r = 0; r < w.length; r++) {
      w[r] -= u * e[r];
    }
  }

  /** The first row of each band, on all threads. */
  private static IntStream bands(int rows) {
    return IntStream.range(0, (rows + BAND - 1) / BAND).parallel().map(band -> band * BAND);
  }

  private static double[] doubles(NDArray values) {
    if (values.getDataType() == DataType.FLOAT64) {
      return values.toDoubleArray();
    }
    float[] floats = values.toFloatArray();
    double[] doubles = new double[floats.length];
    for (int i = 0; i < floats.length; i++) {
      doubles[i] = floats[i];
    }
    return doubles;
  }

  private static NDArray array(double[] values, Shape shape, DataType type, NDManager manager) {
    if (type == DataType.FLOAT64) {
      return manager.create(values, shape);
    }
    float[] floats = new float[values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values[i];
    }
    return manager.create(floats, shape);
  }
}
