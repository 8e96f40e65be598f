package tare.compress;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Locale;
import tare.grid.FloatGrid;
import tare.grid.IntegerGrid;
import tare.grid.NumberFormat;
import tare.grid.Storage;

/**
 * The grid of AWQ, fitted to whole groups on the device. Asymmetric: s = (max − min)/(2^bits − 1),
 * z = −rint(min/s). Symmetric: s = max|w|/(2^(bits−1) − 1), z in the middle.
 *
 * @param bits bits per code, 2 to 8
 * @param groupSize columns that share a scale, or {@link Rtn#PER_CHANNEL}; must divide the number
 *     of columns
 * @param isSymmetric whether the grid is symmetric about zero
 * @param zeroInRange whether an asymmetric range is extended to hold zero; otherwise, as in the
 *     authors' program, a group far from zero loses everything above max − min
 * @param numbers which numbers the codes stand for; floating-point numbers have the grid of {@link
 *     FloatGrid}
 */
public record AwqGrid(
    int bits, int groupSize, boolean isSymmetric, boolean zeroInRange, NumberFormat numbers) {

  private static final double LEAST_RANGE = 1e-5;

  /** Checks the settings. */
  public AwqGrid {
    Rtn.requireGroupSize(groupSize);
    new IntegerGrid(bits, isSymmetric);
    numbers.require(bits, groupSize, false);
  }

  /** An asymmetric grid whose range holds zero. */
  public AwqGrid(int bits, int groupSize) {
    this(bits, groupSize, false, true, NumberFormat.INT);
  }

  /** Returns a copy that is symmetric about zero. */
  public AwqGrid symmetric() {
    return Method.with(this, "isSymmetric", true);
  }

  /** Returns a copy whose ranges need not hold zero, as in the authors' program. */
  public AwqGrid withoutZero() {
    return Method.with(this, "zeroInRange", false);
  }

  /** Returns a copy with other numbers. */
  AwqGrid numbers(NumberFormat other) {
    return Method.with(this, "numbers", other);
  }

  /**
   * A rounded weight.
   *
   * @param shape shape of the weight
   * @param codes {@code [groups of all rows, group size]}; of a floating-point format, its numbers
   * @param scales {@code [groups of all rows, 1]}
   * @param zeros {@code [groups of all rows, 1]}
   */
  record Rounded(Shape shape, NDArray codes, NDArray scales, NDArray zeros) {

    /** The decoded weight, in its original shape. */
    NDArray dense() {
      return codes.sub(zeros).muli(scales).reshape(shape);
    }
  }

  /**
   * Number of columns in a group.
   *
   * @throws IllegalArgumentException if the group size does not divide the number of columns
   */
  int group(long columns) {
    int group = groupSize == Rtn.PER_CHANNEL ? (int) columns : groupSize;
    if (columns % group != 0) {
      int fits = (int) Math.min(group, columns);
      while (columns % fits != 0) {
        fits--;
      }
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "groups of %d do not divide its %d inputs; the largest smaller size that does is %d",
              group,
              columns,
              fits));
    }
    return group;
  }

  /**
   * Rounds each weight to the nearest point of its group's grid.
   *
   * @param weight {@code [out, in]}; all results belong to its manager
   */
  Rounded round(NDArray weight) {
    NDArray x = weight.reshape(-1, group(weight.getShape().get(1)));
    if (numbers.areFloats()) {
      FloatGrid grid = FloatGrid.of(numbers, Compressor.largest(weight));
      NDArray scales = grid.scales(x);
      NDArray found = grid.nearest(x.div(scales));
      return new Rounded(weight.getShape(), found, scales, scales.zerosLike());
    }
    int top = (1 << bits) - 1;
    int[] along = {1};
    NDArray scales;
    NDArray zeros;
    if (isSymmetric) {
      scales = x.abs().max(along, true).maximum(LEAST_RANGE).divi((1 << (bits - 1)) - 1);
      zeros = scales.onesLike().muli(1 << (bits - 1));
    } else {
      NDArray low = x.min(along, true);
      NDArray high = x.max(along, true);
      if (zeroInRange) {
        low = low.minimum(0);
        high = high.maximum(0);
      }
      scales = high.sub(low).maximum(LEAST_RANGE).divi(top);
      zeros = low.div(scales).round().neg().clip(0, top);
    }
    NDArray codes = x.div(scales).round().addi(zeros).clip(0, top);
    return new Rounded(weight.getShape(), codes, scales, zeros);
  }

  /** The codes and grids of a weight. */
  Storage.Coded storage(NDArray weight) {
    if (numbers.areFloats()) {
      return (Storage.Coded) Rtn.of(numbers).compress(weight, null).storage();
    }
    Rounded rounded = round(weight);
    int rows = (int) rounded.shape().get(0);
    int columns = (int) rounded.shape().get(1);
    int group = group(columns);
    return new Storage.Grid(
        bits,
        rows,
        columns,
        isSymmetric,
        group,
        rounded.codes().toType(DataType.UINT8, false).toByteArray(),
        rounded.scales().toFloatArray(),
        rounded.zeros().toFloatArray(),
        Storage.Coded.naturalGroups(columns, group));
  }
}
