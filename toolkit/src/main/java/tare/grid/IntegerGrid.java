package tare.grid;

/**
 * The integer grid of GPTQ and round-to-nearest: x is stored as q = clip(rint(x/s) + z, 0, 2^bits −
 * 1) and decoded as s·(q − z). Zero always lies on the grid.
 *
 * @param bits bits per code, 2 to 8
 * @param symmetric whether the range is [−max|x|, max|x|] and z = 2^(bits-1); otherwise the range
 *     is [min(x, 0), max(x, 0)]
 * @param norm 0 to take the whole range; otherwise the range is shrunk to the least sum of |x̂ −
 *     x|^norm, in 80 steps of one hundredth (GPTQ's {@code --mse} has the norm {@link #GPTQ_NORM})
 */
public record IntegerGrid(int bits, boolean symmetric, double norm) implements WeightGrid {

  /** The norm of GPTQ's search. */
  public static final double GPTQ_NORM = 2.4;

  /** The norm of a search for the least squared error. */
  public static final double LEAST_SQUARES = 2;

  private static final int STEPS = 100;
  private static final double MAX_SHRINK = 0.8;

  /** Checks the bits. */
  public IntegerGrid {
    if (bits < 2 || bits > 8) {
      throw new IllegalArgumentException("A grid has 2 to 8 bits, not " + bits);
    }
  }

  /** A grid over the whole range. */
  public IntegerGrid(int bits, boolean symmetric) {
    this(bits, symmetric, 0);
  }

  int top() {
    return (1 << bits) - 1;
  }

  /** Fits the grid to {@code values[from .. to)}. A group of zeros gets the range [−1, 1]. */
  @Override
  public Step fit(double[] values, int from, int to) {
    double low = 0;
    double high = 0;
    for (int i = from; i < to; i++) {
      low = Math.min(low, values[i]);
      high = Math.max(high, values[i]);
    }
    if (symmetric) {
      high = Math.max(-low, high);
      low = -high;
    }
    if (low == 0 && high == 0) {
      low = -1;
      high = 1;
    }
    return norm > 0 ? search(values, from, to, low, high) : step(low, high);
  }

  private Step step(double low, double high) {
    double scale = (high - low) / top();
    return new Step(scale, symmetric ? (top() + 1) / 2.0 : Math.rint(-low / scale));
  }

  private Step search(double[] values, int from, int to, double low, double high) {
    Step best = null;
    double least = Double.POSITIVE_INFINITY;
    for (int i = 0; i < (int) (MAX_SHRINK * STEPS); i++) {
      double share = 1 - (double) i / STEPS;
      Step step = step(share * low, share * high);
      double error = 0;
      for (int k = from; k < to; k++) {
        error += Math.pow(Math.abs(decode(encode(values[k], step), step) - values[k]), norm);
      }
      if (error < least) {
        least = error;
        best = step;
      }
    }
    return best == null ? step(low, high) : best;
  }

  @Override
  public int encode(double value, double scale, double zero) {
    double code = Math.rint(value / scale) + zero;
    return code < 0 ? 0 : code > top() ? top() : (int) code;
  }

  @Override
  public double decode(int code, double scale, double zero) {
    return scale * (code - zero);
  }

  @Override
  public GridTables tables() {
    double[] numbers = {top(), symmetric ? 1 : 0, norm, 1, 1};
    return new GridTables(numbers, new double[0][], new double[0][]);
  }

  @Override
  public int zeroCode(double zero) {
    return (int) zero;
  }

  @Override
  public Storage.Coded storage(
      int rows,
      int columns,
      int groupSize,
      byte[] codes,
      float[] scales,
      float[] zeros,
      int[] groupOf) {
    return new Storage.Grid(
        bits, rows, columns, symmetric, groupSize, codes, scales, zeros, groupOf);
  }
}
