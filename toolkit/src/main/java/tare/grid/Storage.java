package tare.grid;

import java.util.Arrays;
import java.util.stream.IntStream;
import tare.tensor.HalfFloat;

/** Stores a compressed weight. Integers are kept, so that packed export is exact. */
public sealed interface Storage {

  /** Mean number of bits per weight. */
  double bitsPerWeight();

  /** The decoded weight, {@code [out, in]} in row-major order. */
  float[] dense();

  /**
   * The weight as a checkpoint stores it. {@link #bitsPerWeight} counts 16 bits for a scale, so the
   * scales of a grid are rounded to float16, times one power of two for the whole matrix if float16
   * alone cannot hold them. A compressed model consists of these weights, so that evaluation and
   * export agree. Codes are chosen before, with the method's own scales.
   */
  default Storage stored() {
    return this;
  }

  /**
   * Dense weights.
   *
   * @param values row-major
   * @param bitsPerWeight bits per value in the checkpoint
   */
  record Dense(float[] values, double bitsPerWeight) implements Storage {
    @Override
    public float[] dense() {
      return values;
    }
  }

  /**
   * Pruned weights.
   *
   * @param values row-major, +0 where pruned
   * @param pruned which weights the method removed, row-major
   */
  record Sparse(float[] values, boolean[] pruned) implements Storage {

    private static final int VALUE_BITS = 16;

    /**
     * 16 bits for each remaining weight, and one bit for every weight, which tells whether it
     * remains.
     */
    @Override
    public double bitsPerWeight() {
      int left = 0;
      for (boolean gone : pruned) {
        left += gone ? 0 : 1;
      }
      return 1 + (double) VALUE_BITS * left / pruned.length;
    }

    @Override
    public float[] dense() {
      return values;
    }
  }

  /** Codes with a scale for each row and group of columns. */
  sealed interface Coded extends Storage permits Grid, Floats {

    /** Number of outputs. */
    int rows();

    /** Number of inputs. */
    int columns();

    /** Columns that share a scale; the number of columns for one scale per output. */
    int groupSize();

    /** Codes, {@code [rows, columns]}. */
    byte[] codes();

    /** Scales, {@code [rows, groups]}. */
    float[] scales();

    /** The group of each column, {@code [columns]}. */
    int[] groupOf();

    /** Number of groups, the last of which may be short. */
    default int groups() {
      return (columns() + groupSize() - 1) / groupSize();
    }

    /** Whether column j belongs to group j / groupSize. */
    default boolean isNatural() {
      return Arrays.equals(groupOf(), naturalGroups(columns(), groupSize()));
    }

    /** The natural grouping: column j belongs to group j / groupSize. */
    static int[] naturalGroups(int columns, int groupSize) {
      int[] groupOf = new int[columns];
      Arrays.setAll(groupOf, column -> column / groupSize);
      return groupOf;
    }
  }

  /**
   * Codes on a grid. The weight in row r and column j is {@code scale · (code − zero)}, with the
   * scale and zero of row r and of the column's group.
   *
   * @param bits bits per code, 1 to 8
   * @param rows number of outputs
   * @param columns number of inputs
   * @param symmetric whether all zeros are 2^(bits-1), so that they need not be stored
   * @param groupSize columns that share a scale; the number of columns for per-channel grids
   * @param codes unsigned codes, {@code [rows, columns]}
   * @param scales {@code [rows, groups]}
   * @param zeros zero points, whole numbers, {@code [rows, groups]}
   * @param groupOf the group of each column, {@code [columns]}
   */
  record Grid(
      int bits,
      int rows,
      int columns,
      boolean symmetric,
      int groupSize,
      byte[] codes,
      float[] scales,
      float[] zeros,
      int[] groupOf)
      implements Coded {

    private static final int SCALE_BITS = 16;

    /**
     * Bits of the codes, plus a 16-bit scale and (unless symmetric) a zero point per row and group.
     */
    @Override
    public double bitsPerWeight() {
      double perGroup = SCALE_BITS + (symmetric ? 0 : bits);
      return bits + perGroup * groups() / columns;
    }

    @Override
    public float[] dense() {
      float[] values = new float[rows * columns];
      int groups = groups();
      IntStream.range(0, rows)
          .parallel()
          .forEach(
              row -> {
                for (int column = 0; column < columns; column++) {
                  int at = row * columns + column;
                  int group = row * groups + groupOf[column];
                  values[at] = scales[group] * ((codes[at] & 0xff) - zeros[group]);
                }
              });
      return values;
    }

    @Override
    public Grid stored() {
      float[] rounded = HalfFloat.rounded(scales);
      return new Grid(bits, rows, columns, symmetric, groupSize, codes, rounded, zeros, groupOf);
    }
  }

  /**
   * Floating-point codes. The weight in row r and column j is {@code number · (scale /
   * reciprocal)}, with the scale of row r and of the column's group. All are stored as they are:
   * scales as float32 (FP8), as powers of two (MXFP4) or as E4M3 numbers (NVFP4).
   *
   * @param format which numbers the codes stand for
   * @param rows number of outputs
   * @param columns number of inputs
   * @param groupSize columns that share a scale; the number of columns for one scale per output
   * @param codes sign, exponent and mantissa, {@code [rows, columns]}
   * @param scales {@code [rows, groups]}
   * @param reciprocal one over the scale of the matrix; 1 if the format has none
   * @param groupOf the group of each column, {@code [columns]}
   */
  record Floats(
      NumberFormat.Kind format,
      int rows,
      int columns,
      int groupSize,
      byte[] codes,
      float[] scales,
      float reciprocal,
      int[] groupOf)
      implements Coded {

    @Override
    public double bitsPerWeight() {
      double size = (double) rows * columns;
      return format.bits() + (format.scaleBits() * scales.length + format.matrixBits()) / size;
    }

    @Override
    public float[] dense() {
      float[] numbers = new float[1 << format.bits()];
      for (int code = 0; code < numbers.length; code++) {
        numbers[code] = (float) format.element().value(code);
      }
      float[] values = new float[rows * columns];
      int groups = groups();
      IntStream.range(0, rows)
          .parallel()
          .forEach(
              row -> {
                for (int column = 0; column < columns; column++) {
                  int at = row * columns + column;
                  float scale = scales[row * groups + groupOf[column]] / reciprocal;
                  values[at] = numbers[codes[at] & 0xff] * scale;
                }
              });
      return values;
    }
  }

  /**
   * Codes on grids whose scales and zero points are compressed themselves, with single weights kept
   * in 16 bits. The scales and zero points here are the decoded ones.
   *
   * @param bits bits per code, 1 to 8
   * @param rows number of outputs
   * @param columns number of inputs
   * @param bitsPerGroup bits for a row's scale and zero point in one group, with their share of the
   *     second-level grids
   * @param groupSize columns that share a scale
   * @param codes unsigned codes, {@code [rows, columns]}
   * @param scales {@code [rows, groups]}
   * @param zeros zero points, real numbers, {@code [rows, groups]}
   * @param groupOf the group of each column, {@code [columns]}
   * @param outliers places of the kept weights, row-major
   * @param kept their values
   */
  record GridWithOutliers(
      int bits,
      int rows,
      int columns,
      double bitsPerGroup,
      int groupSize,
      byte[] codes,
      float[] scales,
      float[] zeros,
      int[] groupOf,
      int[] outliers,
      float[] kept)
      implements Storage {

    /** 16 bits for the value and 16 for its column, because rows are stored one after the other. */
    private static final int BITS_PER_OUTLIER = 32;

    /** Number of groups, the last of which may be short. */
    public int groups() {
      return (columns + groupSize - 1) / groupSize;
    }

    /** Bits of the codes, the grids and the outliers, which have a code as well. */
    @Override
    public double bitsPerWeight() {
      double share = (double) outliers.length / ((double) rows * columns);
      return bits + bitsPerGroup * groups() / columns + BITS_PER_OUTLIER * share;
    }

    @Override
    public float[] dense() {
      float[] values =
          new Grid(bits, rows, columns, false, groupSize, codes, scales, zeros, groupOf).dense();
      for (int i = 0; i < outliers.length; i++) {
        values[outliers[i]] = kept[i];
      }
      return values;
    }
  }
}
