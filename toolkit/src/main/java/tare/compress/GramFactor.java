package tare.compress;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.IntStream;
import tare.tensor.TorchCall;
import tare.tensor.Triangle;

/**
 * The upper triangular factor R of the damped Hessian: R Rᵀ = H + λ·mean(diag H)·I. Its inverse is
 * the factor U with UᵀU = H⁻¹, along which GPTQ and SparseGPT walk (Frantar et al. 2023, section
 * 3.3, step 3). {@link ColumnWalk} needs only the diagonal blocks of U. The Gram matrix stands for
 * H, because a common factor cancels.
 *
 * @param upper R in processing order, {@code [channels, channels]}, float32 or float64
 * @param order processing order: column k of R is channel {@code order[k]}
 * @param dead channels whose inputs were always zero; their H_jj is set to 1
 * @param note {@code damped x10} if λ had to be raised; otherwise empty
 */
public record GramFactor(Triangle upper, int[] order, boolean[] dead, String note) {

  private static final int[] LADDER = {1, 10, 100};
  private static final int ROWS_AT_ONCE = 256; // so that there is never a second whole matrix
  private static final int FLOAT32_FROM = 4096; // channels
  private static final double LEAST_FOR_FLOAT32 = 1e-3; // λ

  /**
   * Factors a Gram matrix. With rows and columns reversed, this is a Cholesky factorization. It
   * runs in float64. From 4,096 channels on, with λ of at least 0.001, it runs in float32 if that
   * succeeds, on a processor in {@linkplain Triangle#factor panels}, which takes a quarter of the
   * memory and of the time.
   *
   * @param gram {@code [channels, channels]}; the result belongs to its manager
   * @param tokens number of tokens in the sum, for messages
   * @param damping λ
   * @param actOrder whether channels are processed by falling H_jj, or in their natural order
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
      Triangle upper = factor(gram, damped, order, float32);
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

  /** R, or null if H is not positive definite. */
  private static Triangle factor(NDArray gram, double[] diagonal, int[] order, boolean float32) {
    NDManager manager = gram.getManager();
    if (float32 && !gram.getDevice().isGpu()) {
      Optional<Triangle> panels = inPanels(gram, diagonal, order);
      if (panels.isPresent()) {
        return panels.get();
      }
    }
    TorchCall cholesky = TorchCall.of("cholesky_ex", manager.getDevice());
    try (NDManager scope = manager.newSubManager()) {
      NDArray reversed = reversed(gram, diagonal, order, scope);
      NDArray lower = float32 && gram.getDevice().isGpu() ? factor(reversed, cholesky) : null;
      if (lower == null) {
        NDArray doubled = reversed.toType(DataType.FLOAT64, false);
        reversed.close(); // these are the largest arrays, so each is freed as soon as possible
        reversed = doubled;
        lower = factor(reversed, cholesky);
      }
      reversed.close();
      if (lower == null) {
        return null;
      }
      NDArray upper = lower.flip(0, 1);
      upper.attach(manager);
      return Triangle.of(upper);
    }
  }

  private static Optional<Triangle> inPanels(NDArray gram, double[] diagonal, int[] order) {
    NDManager manager = gram.getManager();
    return Triangle.factor(
        (from, to) -> {
          try (NDManager inner = manager.newSubManager()) {
            NDArray before = inner.create(Arrays.copyOf(order, to));
            NDArray own = inner.create(Arrays.copyOfRange(order, from, to));
            NDArray rows = gram.get(inner, new NDIndex("{}", own));
            NDArray panel = rows.transpose().get(manager, new NDIndex("{}", before));
            float[] damped = new float[to - from];
            for (int i = 0; i < damped.length; i++) {
              damped[i] = (float) diagonal[order[from + i]];
            }
            NDArray square = panel.get(inner, new NDIndex("{}:{}", from, to)); // a view
            square.reshape(-1).set(new NDIndex("::" + (to - from + 1)), inner.create(damped));
            return panel;
          }
        },
        order.length,
        manager);
  }

  private static NDArray factor(NDArray matrix, TorchCall cholesky) {
    NDList factor = cholesky.all(matrix);
    return factor.get(1).toIntArray()[0] == 0 ? factor.get(0) : null;
  }

  /** H in processing order, damped, with rows and columns reversed. It is symmetric. */
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

  /**
   * A Uᵀ in processing order, where U = R⁻¹: the solution of X Rᵀ = A.
   *
   * @param a {@code [channels, channels]}, rows and columns in natural order
   * @return {@code [channels, channels]}, in R's number format; belongs to A's manager
   * @throws IllegalArgumentException if a value is not finite
   */
  NDArray timesTransposed(NDArray a) {
    if (!Float.isFinite(a.sum().getFloat())) {
      throw new IllegalArgumentException(
          "the inputs of the original model or their drift are not finite (NaN or infinite)");
    }
    try (NDManager scope = a.getManager().newSubManager()) {
      TorchCall solve = TorchCall.of("solve_upper", scope.getDevice());
      NDIndex channels = new NDIndex("{}", scope.create(order));
      NDArray turned = a.get(scope, channels).transpose().get(scope, channels); // Aᵀ
      NDArray typed = turned.toType(upper.type(), false);
      typed.attach(scope);
      NDArray turnedSolution = solve.call(upper.whole(scope), typed);
      turnedSolution.attach(scope);
      NDArray solution = turnedSolution.transpose();
      solution.attach(a.getManager());
      return solution;
    }
  }

  /**
   * B U, where U = R⁻¹: the solution of X R = B.
   *
   * @param b {@code [rows, channels]}, channels in processing order, in R's number format
   * @return {@code [rows, channels]}, channels in processing order; belongs to B's manager
   */
  NDArray times(NDArray b) {
    try (NDManager scope = b.getManager().newSubManager()) {
      TorchCall solve = TorchCall.of("solve_lower", scope.getDevice());
      NDArray lower = upper.whole(scope).transpose();
      lower.attach(scope);
      NDArray turned = b.transpose();
      turned.attach(scope);
      NDArray solution = solve.call(lower, turned).transpose();
      solution.attach(b.getManager());
      return solution;
    }
  }

  private static NDArray diagonal(NDArray square) {
    return square.reshape(-1).get("::" + (square.getShape().get(0) + 1));
  }

  /**
   * Remarks on the factorization: raised damping, channels without inputs. Empty if there are none.
   */
  public String notes() {
    long count = IntStream.range(0, dead.length).filter(j -> dead[j]).count();
    String zeroed = count > 0 ? count + " dead channels zeroed" : "";
    return note + (note.isEmpty() || zeroed.isEmpty() ? "" : "; ") + zeroed;
  }
}
