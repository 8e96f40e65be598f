package tare.compress;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;
import tare.tensor.TorchCall;

/**
 * The upper triangular U with UᵀU = (H + λ·mean(diag H)·I)⁻¹, which GPTQ and SparseGPT walk along
 * (Frantar et al. 2023, section 3.3, step 3). H stands for the Gram matrix: a common factor cancels
 * in all that is done with U.
 *
 * @param upper U in processing order, {@code [channels, channels]}, float64
 * @param order processing order: column k of U is channel {@code order[k]}
 * @param dead channels that were zero throughout, whose H_jj is set to 1
 * @param note {@code damped x10} where λ had to be raised; empty otherwise
 */
public record InverseFactor(NDArray upper, int[] order, boolean[] dead, String note) {

  private static final int[] LADDER = {1, 10, 100};
  private static final int SOLVED_AT_ONCE = 512;

  /**
   * Factors a Gram matrix, in float64. With rows and columns reversed, the Cholesky factor gives H
   * = RRᵀ with R upper, and U = R⁻¹.
   *
   * @param gram {@code [channels, channels]}; the result belongs to its manager
   * @param tokens how many tokens it sums over, for the message
   * @param damping λ
   * @param actOrder whether channels are processed by falling H_jj, or as they stand
   * @throws IllegalArgumentException if the matrix is not finite, or is not positive definite even
   *     with 100 λ
   */
  static InverseFactor of(NDArray gram, long tokens, double damping, boolean actOrder) {
    float[] h = gram.toFloatArray();
    int m = (int) gram.getShape().get(0);
    double[] diagonal = new double[m];
    boolean[] dead = new boolean[m];
    for (int j = 0; j < m; j++) {
      dead[j] = h[j * m + j] == 0;
      diagonal[j] = dead[j] ? 1 : h[j * m + j];
    }
    double mean = Arrays.stream(diagonal).average().orElseThrow();
    if (!Double.isFinite(mean)) {
      throw new IllegalArgumentException(
          "the inputs seen in calibration are not finite (NaN or infinite)");
    }
    int[] order = IntStream.range(0, m).toArray();
    if (actOrder) {
      order =
          IntStream.range(0, m)
              .boxed()
              .sorted(Comparator.comparingDouble(j -> -diagonal[j]))
              .mapToInt(j -> j)
              .toArray();
    }
    for (int times : LADDER) {
      double[] reversed = reversed(h, diagonal, times * damping * mean, order);
      NDArray upper = invert(reversed, m, gram.getManager());
      if (upper != null) {
        return new InverseFactor(upper, order, dead, times == 1 ? "" : "damped x" + times);
      }
    }
    throw new IllegalArgumentException(
        "the Gram matrix of "
            + m
            + " channels from "
            + tokens
            + " tokens is not positive definite, even with damping "
            + damping * LADDER[LADDER.length - 1]
            + ". Calibrate with more tokens or raise the damping.");
  }

  /** H in processing order, damped, with rows and columns reversed. */
  private static double[] reversed(float[] h, double[] diagonal, double damp, int[] order) {
    int m = order.length;
    double[] reversed = new double[m * m];
    IntStream.range(0, m)
        .parallel()
        .forEach(
            i -> {
              int from = order[m - 1 - i];
              for (int j = 0; j < m; j++) {
                reversed[i * m + j] = h[from * m + order[m - 1 - j]];
              }
              reversed[i * m + i] = diagonal[from] + damp;
            });
    return reversed;
  }

  /** U from the reversed H, or null where H is not positive definite. */
  private static NDArray invert(double[] reversed, int m, NDManager manager) {
    try (NDManager scope = manager.newSubManager();
        TorchCall cholesky = TorchCall.load("cholesky_ex", manager.getDevice());
        TorchCall solve = TorchCall.load("solve_triangular", manager.getDevice())) {
      NDList factor = cholesky.all(scope.create(reversed, new Shape(m, m)));
      if (factor.get(1).toIntArray()[0] != 0) {
        return null;
      }
      NDArray upper = inverse(factor.get(0).flip(0, 1), solve);
      upper.attach(manager);
      return upper;
    }
  }

  /**
   * R⁻¹ of an upper triangular R, by halves: [[A, B], [0, C]]⁻¹ = [[A⁻¹, −A⁻¹ B C⁻¹], [0, C⁻¹]].
   */
  private static NDArray inverse(NDArray r, TorchCall solve) {
    long m = r.getShape().get(0);
    NDManager scope = r.getManager();
    if (m <= SOLVED_AT_ONCE) {
      return solve.of(r, scope.eye((int) m, (int) m, 0, r.getDataType()));
    }
    long half = m / 2;
    NDArray a = inverse(r.get("0:" + half + ", 0:" + half), solve);
    NDArray c = inverse(r.get(half + ":, " + half + ":"), solve);
    NDArray b = a.matMul(r.get("0:" + half + ", " + half + ":")).matMul(c).neg();
    NDArray zero = scope.zeros(new Shape(m - half, half), r.getDataType());
    return a.concat(b, 1).concat(zero.concat(c, 1), 0);
  }
}
