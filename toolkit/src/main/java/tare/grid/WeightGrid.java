package tare.grid;

/**
 * The points to which the weights of a group are rounded. A group has a scale and, on some grids, a
 * zero point; a code and both give a value.
 */
public interface WeightGrid {

  /** Scale s and zero point z of one row's group. */
  record Step(double scale, double zero) {}

  /** Fits the grid to {@code values[from .. to)}. */
  Step fit(double[] values, int from, int to);

  /** The code of the point nearest to a value. Ties go to the even code. */
  int encode(double value, double scale, double zero);

  /** The value of a code. */
  double decode(int code, double scale, double zero);

  /** The code of the point nearest to a value. */
  default int encode(double value, Step step) {
    return encode(value, step.scale(), step.zero());
  }

  /** The value of a code. */
  default double decode(int code, Step step) {
    return decode(code, step.scale(), step.zero());
  }

  /** This grid as numbers and tables. */
  GridTables tables();

  /** The code of zero, which lies on every grid. */
  int zeroCode(double zero);

  /**
   * Codes and grids of a matrix.
   *
   * @param codes {@code [rows, columns]}
   * @param scales {@code [rows, groups]}
   * @param zeros {@code [rows, groups]}
   * @param groupOf the group of each column
   */
  Storage.Coded storage(
      int rows,
      int columns,
      int groupSize,
      byte[] codes,
      float[] scales,
      float[] zeros,
      int[] groupOf);
}
