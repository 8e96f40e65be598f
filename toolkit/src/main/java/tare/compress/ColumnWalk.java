package tare.compress;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * Spreads the errors of compressed columns over the columns to come (Frantar et al. 2023, algorithm
 * 1). The loop over the columns of a block is the caller's. After each column j, the caller asks to
 * {@linkplain Band#spread spread} its error E_j = (w − ŵ) / U_jj over later columns, along row j of
 * U.
 *
 * <p>Within a block of columns, errors are spread on the host. The rows are cut into bands, which
 * run on all threads. The errors of all earlier blocks reach block b as E[:, 0:c] U[0:c, b]. With R
 * = U⁻¹ and E U = W − Ŵ, this equals −(W − Ŵ)[:, 0:c] R[0:c, b] U_bb: one product on the device
 * when the block begins. Only the blocks on the diagonal of R are inverted.
 *
 * <p>With a {@link Pull}, each column j also adds its value v_j to the columns to come, along row j
 * of P = M U with a strictly upper triangular M. All earlier columns reach block b as V[:, 0:c]
 * M[0:c, b] U_bb, in the same product. So the block size changes no result.
 */
public final class ColumnWalk {

  /** Rows of a band. The first row of each band is a multiple of it. */
  public static final int BAND = 64;

  private final NDArray weight; // [rows, columns]
  private final GramFactor factor;
  private final Optional<Pull> pull;
  private final int rows;
  private final int columns;

  private ColumnWalk(NDArray weight, GramFactor factor, Optional<Pull> pull) {
    this.factor = factor;
    this.pull = pull;
    this.weight = weight;
    rows = (int) weight.getShape().get(0);
    columns = (int) weight.getShape().get(1);
  }

  /**
   * What a column adds to the columns to come, beside its error (GPTAQ): M is {@code share} times
   * the part of a matrix right of the diagonal.
   *
   * @param matrix {@code [columns, columns]} in processing order, in R's number format
   */
  record Pull(NDArray matrix, double share) {}

  /**
   * A block of columns.
   *
   * @param start place of its first column in processing order
   * @param width number of columns
   * @param rows number of rows of the weight
   * @param columns W in processing order with the errors of earlier blocks, {@code [width, rows]}
   * @param upper the block of U on the diagonal, {@code [width, width]}
   * @param compressed Ŵ, filled in column by column, {@code [width, rows]}
   * @param pull the block of P on the diagonal, {@code [width, width]}; empty without a pull
   * @param turns each column's value when it is compressed, {@code [width, rows]}; empty without a
   *     pull
   */
  public record Block(
      int start,
      int width,
      int rows,
      double[] columns,
      double[] upper,
      double[] compressed,
      double[] pull,
      double[] turns) {

    /** U_jj of a column of the block. */
    public double pivot(int j) {
      return upper[j * width + j];
    }

    /** Compresses all bands of rows, several at a time on different threads. */
    public void bands(Consumer<Band> compress) {
      IntStream.range(0, (rows + BAND - 1) / BAND)
          .parallel()
          .forEach(band -> compress.accept(band(band * BAND)));
    }

    private Band band(int firstRow) {
      int count = Math.min(BAND, rows - firstRow);
      double[][] w = new double[width][count];
      for (int k = 0; k < width; k++) {
        System.arraycopy(columns, k * rows + firstRow, w[k], 0, count);
      }
      return new Band(this, firstRow, w, new double[count]);
    }
  }

  /**
   * Some rows of a block.
   *
   * @param block the block
   * @param firstRow index of the first row
   * @param columns their weights, {@code [width][rows of the band]}; column j includes all earlier
   *     errors when it is compressed
   * @param compressed receives ŵ of the current column, {@code [rows of the band]}
   */
  public record Band(Block block, int firstRow, double[][] columns, double[] compressed) {

    /** Number of rows in the band. */
    public int rows() {
      return compressed.length;
    }

    /**
     * Keeps ŵ of column j, and spreads its error over the later columns of the block. Afterwards
     * {@link #compressed} holds the error.
     */
    public void spread(int j) {
      double[] e = compressed;
      System.arraycopy(e, 0, block.compressed, j * block.rows + firstRow, e.length);
      double pivot = block.pivot(j);
      double[] w = columns[j];
      for (int r = 0; r < e.length; r++) {
        e[r] = (w[r] - e[r]) / pivot;
      }
      for (int k = j + 1; k < block.width; k++) {
        subtract(block.upper[j * block.width + k], e, columns[k]);
      }
      if (block.pull.length > 0) {
        System.arraycopy(w, 0, block.turns, j * block.rows + firstRow, w.length);
        for (int k = j + 1; k < block.width; k++) {
          subtract(-block.pull[j * block.width + k], w, columns[k]);
        }
      }
    }

    /** w ← w − u · e. A loop of its own, which the compiler can vectorize. */
    private static void subtract(double u, double[] e, double[] w) {
      for (int r = 0; r < w.length; r++) {
        w[r] -= u * e[r];
      }
    }
  }

  /**
   * Visits all columns in processing order, block by block.
   *
   * @param weight W, {@code [out, in]}, float32; not changed
   * @param factor R, processing order and dead channels, whose weights count as zero
   * @param blockSize columns per block
   * @param compress compresses the columns of a block, see {@link Block#bands}
   */
  public static void blocks(
      NDArray weight, GramFactor factor, int blockSize, Consumer<Block> compress) {
    new ColumnWalk(weight, factor, Optional.empty()).walk(blockSize, compress);
  }

  /** Visits all columns, where each pulls the columns to come. */
  static void blocks(
      NDArray weight, GramFactor factor, Pull pull, int blockSize, Consumer<Block> compress) {
    new ColumnWalk(weight, factor, Optional.of(pull)).walk(blockSize, compress);
  }

  private void walk(int blockSize, Consumer<Block> compress) {
    NDArray r = factor.upper();
    try (NDManager scope = weight.getManager().newSubManager()) {
      NDArray changes = scope.zeros(new Shape(columns, rows), r.getDataType()); // (W − Ŵ)ᵀ
      Optional<NDArray> turns = pull.map(p -> changes.zerosLike()); // share · Vᵀ
      turns.ifPresent(t -> t.attach(scope));
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
            if (turns.isPresent()) {
              NDArray matrix = pull.orElseThrow().matrix();
              NDArray pulling = matrix.get(inner, new NDIndex("0:{}, {}:{}", start, start, end));
              NDArray before = turns.get().get(inner, new NDIndex("0:{}", start));
              products.addi(pulling.transpose().matMul(before));
            }
            add(doubles(u.transpose().matMul(products)), current);
          }
          double[] compressed = new double[current.length];
          double[] pulled = new double[pull.isPresent() ? current.length : 0];
          double[] onDiagonal = pull.isPresent() ? onDiagonal(start, end, upper) : new double[0];
          compress.accept(
              new Block(start, end - start, rows, current, upper, compressed, onDiagonal, pulled));
          if (end < columns) {
            NDIndex block = new NDIndex("{}:{}", start, end);
            Shape shape = new Shape(end - start, rows);
            Arrays.setAll(compressed, i -> original[i] - compressed[i]);
            changes.set(block, array(compressed, shape, r.getDataType(), inner));
            if (turns.isPresent()) {
              double share = pull.orElseThrow().share();
              Arrays.setAll(pulled, i -> share * pulled[i]);
              turns.get().set(block, array(pulled, shape, r.getDataType(), inner));
            }
          }
        }
      }
    }
  }

  /** P_bb = M_bb U_bb, {@code [width, width]}, strictly upper triangular. */
  private double[] onDiagonal(int start, int end, double[] upper) {
    int width = end - start;
    NDIndex square = new NDIndex("{}:{}, {}:{}", start, end, start, end);
    double[] m;
    try (NDArray some = pull.orElseThrow().matrix().get(square)) {
      m = doubles(some);
    }
    double[] p = new double[width * width];
    for (int j = 0; j < width; j++) {
      for (int l = j + 1; l < width; l++) {
        double share = pull.orElseThrow().share() * m[j * width + l];
        for (int k = l; k < width; k++) {
          p[j * width + k] += share * upper[l * width + k];
        }
      }
    }
    return p;
  }

  /** The inverse of an upper triangular matrix, computed row by row from the last. */
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

  /** A block's columns of W in processing order, {@code [width, rows]}. Dead columns are zero. */
  private double[] original(int start, int end, NDManager manager) {
    int[] channels = Arrays.copyOfRange(factor.order(), start, end);
    NDIndex chosen = new NDIndex("{}", manager.create(channels));
    double[] block = doubles(weight.transpose().get(manager, chosen)); // gathering rows is faster
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
