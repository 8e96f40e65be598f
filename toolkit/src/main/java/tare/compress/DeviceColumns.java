package tare.compress;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import tare.grid.GridTables;
import tare.grid.Storage;
import tare.grid.WeightGrid;
import tare.tensor.Lowest;
import tare.tensor.TorchCall;

/**
 * The loops over columns of {@link Gptq}, {@link Gptaq}, {@link SparseGpt} and {@link Spqr} for a
 * weight on a GPU. One call of TorchScript compresses a block of columns ({@code
 * src/main/torchscript/columns.py}), and codes come to the host once for each matrix. The loops are
 * those of the methods, in float64: codes are equal, unless a value lies within rounding of the
 * middle between two codes. A weight of −0 gets the code of +0.
 *
 * <p>All settings run on the device. They also run on a processor, where the tests compare them
 * with the host's bands.
 */
final class DeviceColumns implements AutoCloseable {

  private final NDArray weight; // [rows, columns]
  private final GramFactor factor;
  private final int rows;
  private final int columns;
  private final NDManager device; // what lives as long as the walk
  private final NDManager host; // lists of numbers that the script reads
  private final NDArray codes; // [columns, rows], processing order

  private DeviceColumns(NDArray weight, GramFactor factor) {
    this.weight = weight;
    this.factor = factor;
    rows = (int) weight.getShape().get(0);
    columns = (int) weight.getShape().get(1);
    device = weight.getManager().newSubManager();
    host = NDManager.newBaseManager(Device.cpu());
    codes = device.zeros(new Shape(columns, rows), DataType.UINT8);
  }

  /** {@link Gptq}, or {@link Gptaq} with a pull. */
  static Compressed gptq(
      Gptq settings,
      NDArray weight,
      GramFactor factor,
      boolean[] pruned,
      Optional<ColumnWalk.Pull> pull) {
    TorchCall loop = TorchCall.of("gptq_columns", weight.getDevice());
    try (DeviceColumns on = new DeviceColumns(weight, factor)) {
      Grids grids = on.grids(settings);
      boolean fromBlockStart = settings.grids() == Gptq.Grids.BLOCK_START;
      double share = pull.map(ColumnWalk.Pull::share).orElse(0.0);
      NDArray numbers =
          on.numbers(new double[] {share, fromBlockStart ? 1 : 0}, grids.tables.numbers());
      Optional<NDArray> mask = on.mask(pruned);
      ColumnWalk.onDevice(
          weight,
          factor,
          pull,
          grids.groups.wholeIn(settings.blockSize()),
          block -> {
            NDArray empty = block.values().getManager().create(new Shape(0));
            NDList result =
                loop.all(
                    block.values(),
                    block.upper(),
                    block.matrix().orElse(empty),
                    grids.scales,
                    grids.zeros,
                    on.places(block, grids.groups::at),
                    on.places(block, grids.groups::fittedAt),
                    mask.map(m -> on.channels(block, m)).orElse(empty),
                    numbers,
                    grids.levels,
                    grids.steps);
            on.keep(block, result.get(0));
            return result.get(1);
          });
      return new Compressed(on.storage(grids), factor.notes());
    }
  }

  /** {@link SparseGpt}, with and without rounding. */
  static Compressed sparseGpt(SparseGpt settings, NDArray weight, GramFactor factor) {
    TorchCall loop = TorchCall.of("sparsegpt_columns", weight.getDevice());
    try (DeviceColumns on = new DeviceColumns(weight, factor)) {
      if (settings.pattern() instanceof SparsityPattern.EveryFew every) {
        every.requireDivides(on.columns);
      }
      Optional<Grids> grids = settings.rounding().map(rtn -> on.grids(settings.asGptq(rtn)));
      NDArray empty = on.device.create(new Shape(0));
      NDArray values = on.device.zeros(new Shape(on.columns, on.rows));
      NDArray pruned = on.device.zeros(new Shape(on.columns, on.rows), DataType.BOOLEAN);
      NDArray finite = on.device.ones(new Shape(1)); // looked at once, when all blocks are done
      ColumnWalk.onDevice(
          weight,
          factor,
          Optional.empty(),
          settings.wholeRuns(),
          block -> {
            NDList result =
                loop.all(
                    block.values(),
                    block.upper(),
                    grids.map(g -> g.scales).orElse(empty),
                    grids.map(g -> g.zeros).orElse(empty),
                    grids
                        .map(g -> on.places(block, g.groups::at))
                        .orElseGet(() -> on.host.create(new long[0])),
                    on.numbers(
                        on.falling(settings.pattern(), block.width()),
                        grids.map(g -> g.tables.numbers()).orElse(new double[0])),
                    grids.map(g -> g.levels).orElse(empty));
            finite.muli(result.get(3).toType(DataType.FLOAT32, false));
            on.keep(block, result.get(0));
            NDIndex places = new NDIndex("{}:{}", block.start(), block.start() + block.width());
            values.set(places, result.get(1).toType(DataType.FLOAT32, false));
            pruned.set(places, result.get(2));
            return result.get(1);
          });
      if (finite.getFloat() == 0) {
        throw Lowest.notFinite();
      }
      Storage storage =
          grids.isPresent()
              ? on.storage(grids.get())
              : new Storage.Sparse(
                  on.natural(values).toFloatArray(), on.natural(pruned).toBooleanArray());
      return new Compressed(storage, factor.notes());
    }
  }

  /** How many weights fall, and among how many columns of a row; 0 for those of a whole block. */
  private double[] falling(SparsityPattern pattern, int width) {
    if (pattern instanceof SparsityPattern.EveryFew every) {
      return new double[] {every.zeros(), every.among()};
    }
    return pattern instanceof SparsityPattern.Rows
        ? new double[] {(int) (pattern.sparsity() * width), width}
        : new double[] {(int) (pattern.sparsity() * width * rows), 0};
  }

  /**
   * {@link Spqr}.
   *
   * @param tau τ: weights whose error exceeds it are outliers
   */
  static Compressed spqr(Spqr settings, NDArray weight, GramFactor factor, double tau) {
    TorchCall loop = TorchCall.of("spqr_columns", weight.getDevice());
    try (DeviceColumns on = new DeviceColumns(weight, factor)) {
      int size = settings.groupSize();
      boolean leavesOut = settings.leaveOneOut() && tau < Double.POSITIVE_INFINITY;
      int scaleTop = settings.scaleBits() == Spqr.PLAIN ? 0 : (1 << settings.scaleBits()) - 1;
      NDArray numbers =
          on.numbers(
              new double[] {(1 << settings.bits()) - 1, size, tau},
              new double[] {leavesOut ? 1 : 0, settings.runLength(), scaleTop});
      NDArray scales = on.device.zeros(new Shape((on.columns + size - 1) / size, on.rows));
      NDArray zeros = scales.zerosLike();
      zeros.attach(on.device);
      List<int[]> outliers = new ArrayList<>();
      List<float[]> kept = new ArrayList<>();
      ColumnWalk.onDevice(
          weight,
          factor,
          Optional.empty(),
          settings.wholeGroups(),
          block -> {
            NDList result = loop.all(block.values(), block.upper(), numbers);
            on.keep(block, result.get(0));
            int first = block.start() / size;
            NDIndex groups = new NDIndex("{}:{}", first, first + result.get(3).getShape().get(0));
            scales.set(groups, result.get(3));
            zeros.set(groups, result.get(4));
            outliers.add(on.outliers(block, result.get(2)));
            NDArray values = block.values().booleanMask(result.get(2));
            kept.add(values.toType(DataType.FLOAT32, false).toFloatArray());
            return result.get(1);
          });
      Storage.GridWithOutliers storage =
          new Storage.GridWithOutliers(
              settings.bits(),
              on.rows,
              on.columns,
              settings.bitsPerGroup(),
              size,
              on.natural(on.codes).toByteArray(),
              scales.transpose().toFloatArray(),
              zeros.transpose().toFloatArray(),
              settings.groupOf(factor.order()),
              outliers.stream().flatMapToInt(Arrays::stream).toArray(),
              joined(kept));
      return new Compressed(storage, factor.notes());
    }
  }

  /** Places of the outliers in the whole matrix, row-major. */
  private int[] outliers(ColumnWalk.Columns block, NDArray mask) {
    long[] at = mask.nonzero().toLongArray(); // column and row
    int[] places = new int[at.length / 2];
    for (int i = 0; i < places.length; i++) {
      int channel = factor.order()[block.start() + (int) at[2 * i]];
      places[i] = (int) at[2 * i + 1] * columns + channel;
    }
    return places;
  }

  private static float[] joined(List<float[]> parts) {
    float[] all = new float[parts.stream().mapToInt(part -> part.length).sum()];
    int at = 0;
    for (float[] part : parts) {
      System.arraycopy(part, 0, all, at, part.length);
      at += part.length;
    }
    return all;
  }

  /** The grids of a weight's groups: those that are fitted beforehand, and room for the others. */
  private record Grids(
      Gptq.Groups groups,
      WeightGrid grid,
      GridTables tables,
      NDArray levels,
      NDArray steps,
      NDArray scales,
      NDArray zeros) {}

  private Grids grids(Gptq settings) {
    Gptq.Groups groups = Gptq.Groups.of(settings, factor.order());
    WeightGrid grid = settings.grid(weight);
    GridTables tables = grid.tables();
    NDArray levels = table(tables.levels());
    NDArray steps = table(tables.steps());
    if (!groups.areOriginal()) {
      Shape shape = new Shape(groups.count(), rows);
      NDArray scales = device.zeros(shape, DataType.FLOAT64);
      NDArray zeros = device.zeros(shape, DataType.FLOAT64);
      return new Grids(groups, grid, tables, levels, steps, scales, zeros);
    }
    float[] alive = new float[columns];
    for (int j = 0; j < columns; j++) {
      alive[j] = groups.count() == 1 || !factor.dead()[j] ? 1 : 0;
    }
    TorchCall fit = TorchCall.of("grids_beforehand", weight.getDevice());
    NDArray numbers = numbers(new double[] {groups.size()}, tables.numbers());
    NDList fitted = fit.all(weight, device.create(alive), numbers, steps);
    fitted.attach(device);
    return new Grids(groups, grid, tables, levels, steps, fitted.get(0), fitted.get(1));
  }

  private NDArray table(double[][] rows) {
    double[] values = Stream.of(rows).flatMapToDouble(Arrays::stream).toArray();
    return rows.length == 0
        ? device.create(new Shape(0), DataType.FLOAT64)
        : device.create(values, new Shape(rows.length, rows[0].length));
  }

  private NDArray numbers(double[] first, double[] then) {
    double[] all = Arrays.copyOf(first, first.length + then.length);
    System.arraycopy(then, 0, all, first.length, then.length);
    return host.create(all);
  }

  /** A number for each place of a block. */
  private NDArray places(ColumnWalk.Columns block, IntUnaryOperator number) {
    return host.create(
        IntStream.range(block.start(), block.start() + block.width())
            .map(number)
            .asLongStream()
            .toArray());
  }

  /** Which weights are pruned, {@code [columns, rows]} in natural order; empty if none is. */
  private Optional<NDArray> mask(boolean[] pruned) {
    if (pruned.length == 0) {
      return Optional.empty();
    }
    NDArray mask = device.create(pruned, weight.getShape()).transpose();
    mask.attach(device);
    return Optional.of(mask);
  }

  /** The rows of an array {@code [columns, rows]} that belong to a block. */
  private NDArray channels(ColumnWalk.Columns block, NDArray natural) {
    int[] channels =
        Arrays.copyOfRange(factor.order(), block.start(), block.start() + block.width());
    NDManager manager = block.values().getManager();
    return natural.get(manager, new NDIndex("{}", manager.create(channels)));
  }

  private void keep(ColumnWalk.Columns block, NDArray some) {
    codes.set(new NDIndex("{}:{}", block.start(), block.start() + block.width()), some);
  }

  /** An array {@code [columns, rows]} in processing order as {@code [rows, columns]}, natural. */
  private NDArray natural(NDArray processed) {
    int[] place = new int[columns];
    for (int k = 0; k < columns; k++) {
      place[factor.order()[k]] = k;
    }
    NDArray natural = processed.get(device, new NDIndex("{}", device.create(place))).transpose();
    natural.attach(device);
    return natural;
  }

  private Storage.Coded storage(Grids grids) {
    return grids.grid.storage(
        rows,
        columns,
        grids.groups.size(),
        natural(codes).toByteArray(),
        floats(grids.scales),
        floats(grids.zeros),
        grids.groups.ofColumns());
  }

  private static float[] floats(NDArray statistics) {
    return statistics.transpose().toType(DataType.FLOAT32, false).toFloatArray();
  }

  @Override
  public void close() {
    host.close();
    device.close();
  }
}
