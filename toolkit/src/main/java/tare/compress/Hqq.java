package tare.compress;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import com.fasterxml.jackson.annotation.JsonTypeName;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.IntStream;
import tare.grid.IntegerGrid;
import tare.grid.Storage;
import tare.tensor.HalfFloat;

/**
 * HQQ (Badri and Shaji 2023, "Half-Quadratic Quantization of Large Machine Learning Models"):
 * rounds weights without calibration text. It moves the zero point of each group so that most
 * weights get a small error, and lets a few have a large one: it minimises Σ|W − Ŵ|^p with p below
 * 1.
 *
 * <pre>{@code
 * NDManager manager = NDManager.newBaseManager();
 * NDArray weight = manager.randomNormal(new Shape(64, 128)); // outputs, inputs
 * LayerInputs inputs = LayerInputs.of(manager.randomNormal(new Shape(8, 128))); // not looked at
 * Compressed compressed = new Hqq(4, 64).compress(weight, inputs);
 * System.out.println(compressed.storage().bitsPerWeight() + " bits per weight");
 * }</pre>
 *
 * <p>The scale s = (max − min) / (2^bits − 1) of a group stays. A step rounds to codes q, shrinks
 * the error W − s·(q − z) to e, and takes the z that is best for W − e. The steps end when the mean
 * |W − Ŵ| of the whole matrix falls no more, as in the authors' program. Zero points are real
 * numbers and zero need not lie on the grid, so no packed layout holds the result.
 *
 * @param bits bits per code, 2 to 8
 * @param groupSize columns that share a scale and a zero point, or {@link Rtn#PER_CHANNEL}; the
 *     last group may be short
 * @param norm p, above 0 and at most 1
 * @param beta β, above 0: errors up to β^(−1/(2 − p)) shrink to 0
 * @param iterations the most steps
 */
@JsonTypeName("hqq")
public record Hqq(
    @JsonProperty(required = true) int bits,
    @JsonProperty(required = true) int groupSize,
    @JsonPropertyDescription("power of the error, above 0 and at most 1") double norm,
    @JsonPropertyDescription("the larger, the less errors are shrunk") double beta,
    @JsonPropertyDescription("the most steps") int iterations)
    implements Compressor {

  private static final double LEAST_RANGE = 1e-4;
  private static final double MOST_STEPS_PER_UNIT = 2e4;

  /** Checks the settings. */
  public Hqq {
    Rtn.requireGroupSize(groupSize);
    new IntegerGrid(bits, false);
    if (!(norm > 0 && norm <= 1) || !(beta > 0) || iterations < 1) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "HQQ needs a norm above 0 and at most 1, a beta above 0, and at least 1 iteration; got %s, %s and %d",
              norm,
              beta,
              iterations));
    }
  }

  /** The authors' settings: p = 0.7, β = 10, at most 20 steps. */
  public Hqq(int bits, int groupSize) {
    this(bits, groupSize, 0.7, 10, 20);
  }

  /** Returns a copy with another p. */
  public Hqq norm(double other) {
    return Method.with(this, "norm", other);
  }

  /** Returns a copy with another β. */
  public Hqq beta(double other) {
    return Method.with(this, "beta", other);
  }

  /** Returns a copy with another number of steps at most. */
  public Hqq iterations(int other) {
    return Method.with(this, "iterations", other);
  }

  @Override
  public boolean calibrated() {
    return false;
  }

  @Override
  public Compressed compress(NDArray weight, LayerInputs inputs) {
    int columns = (int) weight.getShape().get(1);
    Solution solved = solve(weight.toFloatArray(), columns);
    int group = solved.group();
    return new Compressed(
        new Storage.GridWithOutliers(
            bits,
            (int) weight.getShape().get(0),
            columns,
            2 * Spqr.PLAIN,
            group,
            solved.codes(),
            half(solved.scales()),
            half(solved.zeros()),
            Storage.Coded.naturalGroups(columns, group),
            new int[0],
            new float[0]),
        "");
  }

  /** Scales and zero points are stored in 16 bits each. */
  private static float[] half(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values[i];
    }
    return HalfFloat.rounded(floats);
  }

  /**
   * Codes, scales and zero points before they are stored.
   *
   * @param group columns of a group
   * @param codes {@code [rows, columns]}
   * @param scales {@code [rows, groups]}
   * @param zeros {@code [rows, groups]}
   * @param steps number of steps
   */
  record Solution(int group, byte[] codes, double[] scales, double[] zeros, int steps) {}

  /** Solves for a weight, row-major. */
  Solution solve(float[] w, int columns) {
    int group = groupSize == Rtn.PER_CHANNEL ? columns : Math.min(groupSize, columns);
    int groups = (columns + group - 1) / group;
    int rows = w.length / columns;
    double[] perUnit = new double[rows * groups]; // 1 / s
    double[] zeros = new double[rows * groups];
    each(rows * groups, g -> start(w, columns, group, g, perUnit, zeros));
    double best = Double.POSITIVE_INFINITY;
    int steps = 0;
    while (steps < iterations) {
      steps++;
      double[] errors = new double[rows * groups];
      each(rows * groups, g -> errors[g] = step(w, columns, group, g, perUnit[g], zeros));
      double error = Arrays.stream(errors).sum() / w.length;
      if (!(error < best)) {
        break;
      }
      best = error;
    }
    byte[] codes = new byte[w.length];
    each(
        rows * groups,
        g -> {
          for (int i = first(columns, group, g); i < end(columns, group, g); i++) {
            codes[i] = (byte) code(w[i], perUnit[g], zeros[g]);
          }
        });
    double[] scales = Arrays.stream(perUnit).map(r -> 1 / r).toArray();
    return new Solution(group, codes, scales, zeros, steps);
  }

  private interface ForGroup {
    void run(int group);
  }

  private static void each(int groups, ForGroup work) {
    IntStream.range(0, groups).parallel().forEach(work::run);
  }

  /** Place of the first weight of the g-th group of the matrix. */
  private static int first(int columns, int group, int g) {
    int groups = (columns + group - 1) / group;
    return g / groups * columns + g % groups * group;
  }

  private static int end(int columns, int group, int g) {
    int groups = (columns + group - 1) / group;
    return Math.min(first(columns, group, g) + group, (g / groups + 1) * columns);
  }

  /** The grid over the whole range. */
  private void start(float[] w, int columns, int group, int g, double[] perUnit, double[] zeros) {
    double low = Double.POSITIVE_INFINITY;
    double high = Double.NEGATIVE_INFINITY;
    for (int i = first(columns, group, g); i < end(columns, group, g); i++) {
      low = Math.min(low, w[i]);
      high = Math.max(high, w[i]);
    }
    perUnit[g] =
        high - low <= LEAST_RANGE ? 1 : Math.min(top() / (high - low), MOST_STEPS_PER_UNIT);
    zeros[g] = -low * perUnit[g];
  }

  /**
   * Moves the zero point of a group: z = mean(q − (W − e)/s).
   *
   * @return Σ|W − Ŵ| of the group before
   */
  private double step(float[] w, int columns, int group, int g, double perUnit, double[] zeros) {
    int first = first(columns, group, g);
    int end = end(columns, group, g);
    double error = 0;
    double sum = 0;
    for (int i = first; i < end; i++) {
      int q = code(w[i], perUnit, zeros[g]);
      double away = w[i] - (q - zeros[g]) / perUnit;
      error += Math.abs(away);
      sum += q - (w[i] - shrunk(away)) * perUnit;
    }
    zeros[g] = sum / (end - first);
    return error;
  }

  private int code(double value, double perUnit, double zero) {
    return (int) Math.max(0, Math.min(top(), Math.rint(value * perUnit + zero)));
  }

  /** The generalised soft threshold: sign(x)·max(|x| − |x|^(p − 1)/β, 0). */
  private double shrunk(double x) {
    double size = Math.abs(x);
    return size == 0 ? 0 : Math.signum(x) * Math.max(size - Math.pow(size, norm - 1) / beta, 0);
  }

  private int top() {
    return (1 << bits) - 1;
  }
}
