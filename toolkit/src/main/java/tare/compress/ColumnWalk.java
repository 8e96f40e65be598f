package tare.compress;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.IntStream;
import tare.tensor.TorchCall;
import tare.tensor.Triangle;

/**
 * Spreads the errors of compressed columns over the columns to come (Frantar et al. 2023, algorithm
 * 1). The loop over the columns of a block is the caller's. After each column j, the caller asks to
 * {@linkplain Band#spread spread} its error E_j = (w − ŵ) / U_jj over later columns, along row j of
 * U.
 *
 * <p>Within a block of columns, errors are spread on the host: the rows are cut into bands, which
 * run on all threads. Where the weight lies on a GPU, {@link DeviceColumns} does the same there, in
 * one call for each block, and nothing is copied to the host and back. The errors of all earlier
 * blocks reach block b as E[:, 0:c] U[0:c, b]. With R = U⁻¹ and E U = W − Ŵ, this equals −(W −
 * Ŵ)[:, 0:c] R[0:c, b] U_bb: one product on the device when the block begins. Only the blocks on
 * the diagonal of R are inverted.
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
   * @param room memory for the columns of each band, {@code [bands][width][rows of the band]}
   */
  public record Block(
      int start,
      int width,
      int rows,
      double[] columns,
      double[] upper,
      double[] compressed,
      double[] pull,
      double[] turns,
      double[][][] room) {

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
      double[][] w = room[firstRow / BAND];
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
    ColumnWalk walk = new ColumnWalk(weight, factor, Optional.empty());
    Room room = new Room();
    walk.walk(blockSize, columns -> walk.onHost(columns, room, compress));
  }

  /** Visits all columns, where each pulls the columns to come. */
  static void blocks(
      NDArray weight, GramFactor factor, Pull pull, int blockSize, Consumer<Block> compress) {
    ColumnWalk walk = new ColumnWalk(weight, factor, Optional.of(pull));
    Room room = new Room();
    walk.walk(blockSize, columns -> walk.onHost(columns, room, compress));
  }

  /**
   * Visits all columns. Each block stays on the weight's device, and is compressed there.
   *
   * @param compress returns Ŵ of a block
   */
  static void onDevice(
      NDArray weight,
      GramFactor factor,
      Optional<Pull> pull,
      int blockSize,
      Function<Columns, NDArray> compress) {
    new ColumnWalk(weight, factor, pull).walk(blockSize, compress);
  }

  /**
   * The columns of a block, where the weight lies.
   *
   * @param start place of the first column in processing order
   * @param values W in processing order with the errors of earlier blocks, {@code [width, rows]},
   *     float64; when the block is compressed, each column's value at its turn
   * @param upper the block of U on the diagonal, {@code [width, width]}, float64
   * @param matrix the block of {@link Pull#matrix} on the diagonal, {@code [width, width]},
   *     float64; empty without a pull
   */
  record Columns(int start, NDArray values, NDArray upper, Optional<NDArray> matrix) {

    int width() {
      return (int) values.getShape().get(0);
    }
  }

  private void walk(int blockSize, Function<Columns, NDArray> compress) {
    DataType type = factor.upper().type();
    Device device = weight.getDevice();
    TorchCall call = // a product for panels on the host, an inverse on a GPU
        device.isGpu() ? TorchCall.of("solve_upper", device) : TorchCall.linear(device);
    try (NDManager scope = weight.getManager().newSubManager()) {
      Earlier changes = new Earlier(factor.upper(), rows, call, scope); // W − Ŵ, along R
      Optional<Earlier> turns = // share · V, along M
          pull.map(p -> new Earlier(Triangle.of(p.matrix()), rows, call, scope));
      for (int start = 0; start < columns; start += blockSize) {
        int end = Math.min(columns, start + blockSize);
        try (NDManager inner = scope.newSubManager()) {
          NDArray upper = inverse(factor.upper().part(inner, start, end, start, end), call);
          NDArray original = original(start, end, inner);
          NDArray current = original.duplicate();
          if (start > 0) {
            NDArray products = changes.reaching(start, end, inner);
            if (turns.isPresent()) {
              products.addi(turns.get().reaching(start, end, inner));
            }
            NDArray all = upper.toType(type, false).transpose().matMul(products);
            current.addi(all.toType(DataType.FLOAT64, false));
          }
          NDIndex square = new NDIndex("{}:{}, {}:{}", start, end, start, end);
          Optional<NDArray> matrix =
              pull.map(p -> p.matrix().get(inner, square).toType(DataType.FLOAT64, false));
          NDArray compressed = compress.apply(new Columns(start, current, upper, matrix));
          if (end < columns) {
            changes.keep(start, original.subi(compressed));
            if (turns.isPresent()) {
              turns.get().keep(start, current.mul(pull.orElseThrow().share()));
            }
          }
        }
      }
    }
  }

  /**
   * Values v_c of the columns so far, and what they add to a block b along a matrix A: Σ v_c A_cb.
   * They are kept as {@code [columns, rows]}. If A lies in panels, they are kept in panels, too,
   * {@code [rows, width]}, for oneDNN's product.
   */
  private static final class Earlier {
    private final Triangle a;
    private final int rows;
    private final TorchCall product;
    private final NDManager scope;
    private final List<NDArray> kept = new ArrayList<>();

    Earlier(Triangle a, int rows, TorchCall product, NDManager scope) {
      this.a = a;
      this.rows = rows;
      this.product = product;
      this.scope = scope;
      if (!inPanels()) {
        kept.add(scope.zeros(new Shape(a.size(), rows), a.type()));
      }
    }

    private boolean inPanels() {
      return a.width() < a.size();
    }

    /** Keeps values of the columns from a place on, {@code [columns, rows]}. */
    void keep(int start, NDArray values) {
      int end = start + (int) values.getShape().get(0);
      NDArray typed = values.toType(a.type(), false);
      if (!inPanels()) {
        kept.get(0).set(new NDIndex("{}:{}", start, end), typed);
        return;
      }
      for (int from = start; from < end; ) {
        int panel = from / a.width();
        int to = Math.min(end, (panel + 1) * a.width());
        if (panel == kept.size()) {
          int width = Math.min(a.width(), a.size() - panel * a.width());
          kept.add(scope.zeros(new Shape(rows, width), a.type()));
        }
        NDArray some = typed.get(new NDIndex("{}:{}", from - start, to - start)).transpose();
        NDIndex places = new NDIndex(":, {}:{}", from - panel * a.width(), to - panel * a.width());
        kept.get(panel).set(places, some);
        from = to;
      }
    }

    /** The sum for a block, {@code [width, rows]}. */
    NDArray reaching(int start, int end, NDManager inner) {
      if (!inPanels()) {
        NDArray values = kept.get(0).get(inner, new NDIndex("0:{}", start));
        return a.part(inner, 0, start, start, end).transpose().matMul(values);
      }
      NDArray sum = inner.zeros(new Shape(rows, end - start), a.type());
      for (int panel = 0; panel * a.width() < start; panel++) {
        int from = panel * a.width();
        int to = (int) Math.min(a.size(), from + kept.get(panel).getShape().get(1));
        NDArray along = a.part(inner, from, to, start, end).transpose();
        NDArray values = kept.get(panel);
        NDArray some = product.call(values, along);
        sum.addi(some);
        some.close();
      }
      return sum.transpose();
    }
  }

  /** Compresses a block in bands of rows on the host. */
  private NDArray onHost(Columns on, Room room, Consumer<Block> compress) {
    int width = on.width();
    double[] upper = on.upper().toDoubleArray();
    double[] onDiagonal =
        on.matrix().map(m -> onDiagonal(m.toDoubleArray(), upper, width)).orElse(new double[0]);
    room.fit(width, rows, pull.isPresent());
    memory(on.values()).get(room.values);
    compress.accept(
        new Block(
            on.start(),
            width,
            rows,
            room.values,
            upper,
            room.compressed,
            onDiagonal,
            room.pulled,
            room.bands));
    if (pull.isPresent()) {
      memory(on.values()).put(room.pulled);
    }
    NDArray compressed = on.values().zerosLike();
    memory(compressed).put(room.compressed);
    return compressed;
  }

  private static NDArray contiguous(NDArray array) {
    return array.flatten().reshape(array.getShape());
  }

  /** The memory of a contiguous float64 array on a processor. */
  private static DoubleBuffer memory(NDArray array) {
    return array.toByteBuffer(true).order(ByteOrder.nativeOrder()).asDoubleBuffer();
  }

  /** Room for the host's copy of a block, used again for the next. */
  private static final class Room {
    private double[] values = new double[0];
    private double[] compressed = new double[0];
    private double[] pulled = new double[0];

    private double[][][] bands = new double[0][][];

    void fit(int width, int rows, boolean pulls) {
      int size = width * rows;
      if (values.length != size) {
        values = new double[size];
        compressed = new double[size];
        pulled = new double[pulls ? size : 0];
        bands = new double[(rows + BAND - 1) / BAND][][];
        Arrays.setAll(bands, b -> new double[width][Math.min(BAND, rows - b * BAND)]);
      }
    }
  }

  /** P_bb = M_bb U_bb, {@code [width, width]}, strictly upper triangular. */
  private double[] onDiagonal(double[] m, double[] upper, int width) {
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

  /**
   * The inverse of an upper triangular matrix, float64. On a GPU by its library, as a copy to the
   * host would wait for all that the device has to do.
   */
  private static NDArray inverse(NDArray square, TorchCall solve) {
    NDManager manager = square.getManager();
    int size = (int) square.getShape().get(0);
    NDArray doubled = square.toType(DataType.FLOAT64, false);
    if (!square.getDevice().isGpu()) {
      return manager.create(inverse(doubled.toDoubleArray(), size), square.getShape());
    }
    return solve.call(doubled, manager.eye(size).toType(DataType.FLOAT64, false));
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
  private NDArray original(int start, int end, NDManager manager) {
    int[] channels = Arrays.copyOfRange(factor.order(), start, end);
    boolean isRun = IntStream.range(0, channels.length).allMatch(k -> channels[k] == start + k);
    NDIndex chosen =
        isRun ? new NDIndex("{}:{}", start, end) : new NDIndex("{}", manager.create(channels));
    NDArray block = weight.transpose().get(manager, chosen); // gathering rows is faster
    NDArray doubled = contiguous(block.toType(DataType.FLOAT64, false));
    for (int k = 0; k < channels.length; k++) {
      if (factor.dead()[channels[k]]) {
        doubled.set(new NDIndex("{}", k), 0);
      }
    }
    return doubled;
  }
}
