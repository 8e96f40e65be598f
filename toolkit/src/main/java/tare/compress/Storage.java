package tare.compress;

import java.util.Arrays;
import java.util.stream.IntStream;
import tare.tensor.HalfFloat;

/** How a compressed weight is stored; integers are kept, so that packed export is exact. */
public sealed interface Storage {

  /** Mean number of bits that one weight takes. */
  double bitsPerWeight();

  /** The weight that it stands for, {@code [out, in]} in row-major order. */
  float[] dense();

  /**
   * The same as a checkpoint holds it: {@link #bitsPerWeight} counts 16 bits for a scale, so the
   * scales of a grid are rounded to float16. A model is made of this, so that what is evaluated is
   * what is exported; codes are chosen before, with scales as the method computes them.
   */
  default Storage stored() {
    return this;
  }

  /**
   * Weights as they are.
   *
   * @param values row-major
   * @param bitsPerWeight bits of one value as the checkpoint would store it
   */
  record Dense(float[] values, double bitsPerWeight) implements Storage {
    @Override
    public float[] dense() {
      return values;
    }
  }

  /**
   * Weights of which some are zero.
   *
   * @param values row-major, +0 where pruned
   * @param pruned which weights are zero because the method removed them, row-major
   */
  record Sparse(float[] values, boolean[] pruned) implements Storage {

    private static final int VALUE_BITS = 16;

    /** 16 bits for each weight that is left, and one for every weight to say whether it is. */
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

  /**
   * Codes on a grid: the weight in row r and column j is {@code scale · (code − zero)} with the
   * scale and zero of row r and of the column's group.
   *
   * @param bits bits of a code, 1 to 8
   * @param rows number of outputs
   * @param columns number of inputs
   * @param symmetric whether all zeros are 2^(bits-1), so that none need storing
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
      implements Storage {

    private static final int SCALE_BITS = 16;

    /** Number of groups, the last of which may be short. */
    public int groups() {
      return (columns + groupSize - 1) / groupSize;
    }

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
      float[] half = new float[scales.length];
      for (int i = 0; i < half.length; i++) {
        half[i] = HalfFloat.round(scales[i]);
      }
      return new Grid(bits, rows, columns, symmetric, groupSize, codes, half, zeros, groupOf);
    }

    /** The natural order: column j belongs to group j / groupSize. */
    public static int[] naturalGroups(int columns, int groupSize) {
      int[] groupOf = new int[columns];
      Arrays.setAll(groupOf, column -> column / groupSize);
      return groupOf;
    }
  }

  /**
   * Codes on grids whose scales and zero points are themselves compressed, and single weights that
   * are kept in 16 bits. Scales and zero points are here as they decode.
   *
   * @param bits bits of a code, 1 to 8
   * @param rows number of outputs
   * @param columns number of inputs
   * @param bitsPerGroup bits that a row's scale and zero point of one group take, with their share
   *     of the second-level grids
   * @param groupSize columns that share a scale
   * @param codes unsigned codes, {@code [rows, columns]}
   * @param scales {@code [rows, groups]}
   * @param zeros zero points, real numbers, {@code [rows, groups]}
   * @param groupOf the group of each column, {@code [columns]}
   * @param outliers places of the weights that are kept, row-major
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

    /** A value of 16 bits and a place of 16: its column, as rows are stored one after the other. */
    private static final int BITS_PER_OUTLIER = 32;

    /** Number of groups, the last of which may be short. */
    public int groups() {
      return (columns + groupSize - 1) / groupSize;
    }

    /** Bits of the codes, of the grids and of the outliers, which have a code as well. */
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
