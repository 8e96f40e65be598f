package tare.compress;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;
import tare.tensor.TorchCall;

/**
 * The upper triangular R with R Rᵀ = H + λ·mean(diag H)·I. Its inverse is the factor U, UᵀU = H⁻¹,
 * that GPTQ and SparseGPT walk along (Frantar et al. 2023, section 3.3, step 3); {@link ColumnWalk}
 * needs of U no more than the blocks on its diagonal. H stands for the Gram matrix: a common factor
 * cancels in all that is done with it.
 *
 * @param upper R in processing order, {@code [channels, channels]}, float32 or float64
 * @param order processing order: column k of R is channel {@code order[k]}
 * @param dead channels that were zero throughout, whose H_jj is set to 1
 * @param note {@code damped x10} where λ had to be raised; empty otherwise
 */
public record GramFactor(NDArray upper, int[] order, boolean[] dead, String note) {

  private static final int[] LADDER = {1, 10, 100};
  private static final int ROWS_AT_ONCE = 256; // so that there is never a second whole matrix
  private static final int FLOAT32_FROM = 4096; // channels
  private static final double LEAST_FOR_FLOAT32 = 1e-3; // λ

  /**
   * Factors a Gram matrix: with rows and columns reversed, it is a Cholesky factorization. It is
   * done in float64; in float32, which takes half the memory and time, only from 4,096 channels on,
   * with λ of at least 0.001, and only if it succeeds.
   *
   * @param gram {@code [channels, channels]}; the result belongs to its manager
   * @param tokens how many tokens it sums over, for the message
   * @param damping λ
   * @param actOrder whether channels are processed by falling H_jj, or as they stand
   * @throws IllegalArgumentException if the matrix is not finite, or is not positive definite even
   *     with 100 λ
   */
  static GramFactor of(NDArray gram, long tokens, double damping, boolean actOrder) {
    int m = (int) gram.getShape().get(0);
    float[] h = diagonal(gram).toFloatArray();
    double[] diagonal = new double[m];
    boolean[] dead = new boolean[m];
    for (int j = 0; j < m; j++) {
      dead[j] = h[j] == 0;
      diagonal[j] = dead[j] ? 1 : h[j];
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
      double[] damped = Arrays.stream(diagonal).map(d -> d + times * damping * mean).toArray();
      boolean float32 = m >= FLOAT32_FROM && damping >= LEAST_FOR_FLOAT32;
      NDArray upper = factor(gram, damped, order, float32);
      if (upper != null) {
        return new GramFactor(upper, order, dead, times == 1 ? "" : "damped x" + times);
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

  /** R, or null where H is not positive definite. */
  private static NDArray factor(NDArray gram, double[] diagonal, int[] order, boolean float32) {
    NDManager manager = gram.getManager();
    try (NDManager scope = manager.newSubManager();
        TorchCall cholesky = TorchCall.load("cholesky_ex", manager.getDevice())) {
      NDArray reversed = reversed(gram, diagonal, order, scope);
      NDArray lower = float32 ? factor(reversed, cholesky) : null;
      if (lower == null) {
        NDArray doubled = reversed.toType(DataType.FLOAT64, false);
        reversed.close(); // the largest arrays of all: each is freed as soon as it can be
        reversed = doubled;
        lower = factor(reversed, cholesky);
      }
      reversed.close();
      if (lower == null) {
        return null;
      }
      NDArray upper = lower.flip(0, 1);
      upper.attach(manager);
      return upper;
    }
  }

  private static NDArray factor(NDArray matrix, TorchCall cholesky) {
    NDList factor = cholesky.all(matrix);
    return factor.get(1).toIntArray()[0] == 0 ? factor.get(0) : null;
  }

  /** H in processing order, damped, with rows and columns reversed; it is symmetric. */
  private static NDArray reversed(NDArray gram, double[] diagonal, int[] order, NDManager scope) {
    int m = order.length;
    NDArray channels = scope.create(IntStream.range(0, m).map(i -> order[m - 1 - i]).toArray());
    NDArray reversed = scope.create(gram.getShape());
    for (int from = 0; from < m; from += ROWS_AT_ONCE) {
      NDIndex rows = new NDIndex("{}:{}", from, Math.min(m, from + ROWS_AT_ONCE));
      try (NDManager inner = scope.newSubManager()) {
        NDArray some = gram.get(inner, new NDIndex("{}", channels.get(inner, rows)));
        reversed.set(rows, some.get(inner, new NDIndex(":, {}", channels)));
      }
    }
    float[] damped = new float[m];
    for (int i = 0; i < m; i++) {
      damped[i] = (float) diagonal[order[m - 1 - i]];
    }
    reversed.reshape(-1).set(new NDIndex("::" + (m + 1)), scope.create(damped));
    return reversed;
  }

  private static NDArray diagonal(NDArray square) {
    return square.reshape(-1).get("::" + (square.getShape().get(0) + 1));
  }

  /** What did not go as asked: damping that was raised, channels without inputs; or empty. */
  public String notes() {
    long count = IntStream.range(0, dead.length).filter(j -> dead[j]).count();
    String zeroed = count > 0 ? count + " dead channels zeroed" : "";
    return note + (note.isEmpty() || zeroed.isEmpty() ? "" : "; ") + zeroed;
  }
}
