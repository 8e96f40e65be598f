package tare.grid;

/**
 * The grid of SpQR. The range is [min x, max x] and need not hold zero, and the zero point z =
 * −min/s is not rounded: q = clip(rint(x/s + z), 0, 2^bits − 1), decoded as s·(q − z).
 *
 * @param bits bits per code, 1 to 8
 */
public record RealZeroGrid(int bits) {

  private static final double LEAST_SCALE = 1e-9;

  private int top() {
    return (1 << bits) - 1;
  }

  /** Fits the grid to values. Equal values get the range [−1, 1]. */
  public WeightGrid.Step fit(double[] values) {
    double low = Double.POSITIVE_INFINITY;
    double high = Double.NEGATIVE_INFINITY;
    for (double value : values) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    return step(low, high);
  }

  private WeightGrid.Step step(double low, double high) {
    double from = low == high ? -1 : low;
    double to = low == high ? 1 : high;
    double scale = (to - from) / top();
    return new WeightGrid.Step(scale, -from / scale);
  }

  public int encode(double value, WeightGrid.Step step) {
    double code = Math.rint(value / Math.max(step.scale(), LEAST_SCALE) + step.zero());
    return code < 0 ? 0 : code > top() ? top() : (int) code;
  }

  public double decode(int code, WeightGrid.Step step) {
    return step.scale() * (code - step.zero());
  }

  /** ((x̂ − x)/u)². */
  private double error(double value, double u, WeightGrid.Step step) {
    double e = (decode(encode(value, step), step) - value) / u;
    return e * e;
  }

  /**
   * Computes how much a group's error Σ ((x̂ − x)/u)² shrinks if one value is left out and the grid
   * is fitted to the others. Only the smallest and the largest value affect the grid. Without any
   * other value, just its own error disappears.
   *
   * @param gain filled with one number per value
   */
  public void leaveOneOut(double[] values, double[] u, double[] gain) {
    int lowest = 0;
    int highest = 0;
    for (int k = 1; k < values.length; k++) {
      lowest = values[k] < values[lowest] ? k : lowest;
      highest = values[k] > values[highest] ? k : highest;
    }
    WeightGrid.Step step = step(values[lowest], values[highest]);
    double base = 0;
    for (int k = 0; k < values.length; k++) {
      gain[k] = error(values[k], u[k], step);
      base += gain[k];
    }
    gain[lowest] = base - errorWithout(lowest, values, u);
    gain[highest] = base - errorWithout(highest, values, u);
  }

  private double errorWithout(int out, double[] values, double[] u) {
    double low = Double.POSITIVE_INFINITY;
    double high = Double.NEGATIVE_INFINITY;
    for (int k = 0; k < values.length; k++) {
      if (k != out) {
        low = Math.min(low, values[k]);
        high = Math.max(high, values[k]);
      }
    }
    WeightGrid.Step step = step(low, high);
    double sum = 0;
    for (int k = 0; k < values.length; k++) {
      if (k != out) {
        sum += error(values[k], u[k], step);
      }
    }
    return sum;
  }
}
