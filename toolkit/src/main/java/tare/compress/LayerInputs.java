package tare.compress;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import tare.tensor.TorchCall;

/**
 * Statistics of a linear layer's inputs X {@code [tokens, channels]}, collected during calibration.
 * Each token counts as often as its weight says; w is the vector of the weights.
 */
public final class LayerInputs {

  private static final int ENERGY_BANDS = 4;

  private record Settings(double damping, boolean actOrder) {}

  private final long tokens;
  private final double weight;
  private final Map<Observed, NDArray> observed;
  private final Map<Settings, GramFactor> factors = new HashMap<>();
  private final Map<Settings, NDArray> drifts = new HashMap<>();

  /**
   * The inputs of the linear layers in one group, at tokens that count once each.
   *
   * @param tokens number of tokens
   * @param gram XᵀX, {@code [channels, channels]}, float32; GPTQ's Hessian is twice this
   */
  public LayerInputs(long tokens, NDArray gram) {
    this(tokens, Map.of(Observed.GRAM, gram));
  }

  /**
   * The inputs of the linear layers in one group, at tokens that count once each.
   *
   * @param tokens number of tokens
   * @param observed the statistics, float32, in the shapes that {@link Observed} gives
   */
  public LayerInputs(long tokens, Map<Observed, NDArray> observed) {
    this(tokens, (double) tokens, observed);
  }

  /**
   * The inputs of the linear layers in one group.
   *
   * @param tokens number of tokens whose weight is above 0
   * @param weight sum of the tokens' weights
   * @param observed the statistics, float32, in the shapes that {@link Observed} gives
   */
  public LayerInputs(long tokens, double weight, Map<Observed, NDArray> observed) {
    this.tokens = tokens;
    this.weight = weight;
    this.observed = Map.copyOf(observed);
  }

  /**
   * Computes all statistics of given inputs.
   *
   * @param x {@code [tokens, channels]}; the results belong to its manager
   */
  public static LayerInputs of(NDArray x) {
    NDArray sizes = x.abs();
    return new LayerInputs(
        x.getShape().get(0),
        Map.of(
            Observed.GRAM, x.transpose().matMul(x),
            Observed.MEAN_ABS, sizes.mean(new int[] {0}),
            Observed.MAX_ABS, sizes.max(new int[] {0})));
  }

  /**
   * Computes the Gram matrix of given inputs, and how far they drift from the original model's.
   *
   * @param x inputs in the compressed model, {@code [tokens, channels]}; the results belong to its
   *     manager
   * @param original X̃: inputs of the same tokens in the original model, {@code [tokens, channels]}
   */
  public static LayerInputs of(NDArray x, NDArray original) {
    return new LayerInputs(
        x.getShape().get(0),
        Map.of(
            Observed.GRAM, x.transpose().matMul(x),
            Observed.DRIFT, original.sub(x).transpose().matMul(x)));
  }

  /** Number of tokens whose weight is above 0. */
  public long tokens() {
    return tokens;
  }

  /** The sum of the tokens' weights: the number of tokens, if each counts once. */
  public double weight() {
    return weight;
  }

  /** Xᵀ diag(w) X, {@code [channels, channels]}, float32. */
  public NDArray gram() {
    return observed(Observed.GRAM);
  }

  /**
   * D = (X̃ − X)ᵀ diag(w) X, {@code [channels, channels]}, float32, where X̃ are the inputs in the
   * original model.
   */
  public NDArray drift() {
    return observed(Observed.DRIFT);
  }

  /** The sum of X² over the tokens, by their weights, {@code [channels]}. */
  public NDArray squares() {
    return observed(Observed.SQUARES);
  }

  /** Mean of |X| over the tokens, by their weights, {@code [channels]}. */
  public NDArray meanAbs() {
    return observed(Observed.MEAN_ABS);
  }

  /** Largest |X| over the tokens whose weight is above 0, {@code [channels]}. */
  public NDArray maxAbs() {
    return observed(Observed.MAX_ABS);
  }

  private NDArray observed(Observed what) {
    NDArray array = observed.get(what);
    if (array == null) {
      throw new IllegalStateException(
          what + " was not observed: the compressor or rescaler must name it in needs()");
    }
    return array;
  }

  /**
   * The inputs after the operation that makes them was divided by s: X/s.
   *
   * @param s {@code [channels]}, above 0
   */
  public LayerInputs dividedBy(NDArray s) {
    Map<Observed, NDArray> divided = new EnumMap<>(Observed.class);
    observed.forEach(
        (what, array) ->
            divided.put(
                what,
                switch (what) {
                  case GRAM, DRIFT -> array.div(s).div(s.reshape(-1, 1));
                  case SQUARES -> array.div(s).div(s);
                  case INPUTS, MEAN_ABS, MAX_ABS -> array.div(s);
                }));
    return new LayerInputs(tokens, weight, divided);
  }

  /**
   * How much a change D of a weight changes the layer's outputs: ‖XDᵀ‖² = tr(D XᵀX Dᵀ), summed over
   * the tokens by their weights.
   *
   * @param change D, {@code [out, channels]}
   */
  public double energy(NDArray change) {
    NDArray x = observed.get(Observed.INPUTS);
    return x == null ? energyByGram(change) : energyByInputs(x, change);
  }

  private static double energyByInputs(NDArray x, NDArray change) {
    try (NDArray outputs = TorchCall.linear(x.getDevice()).call(x, change);
        NDArray squares = outputs.square();
        NDArray sum = squares.sum()) {
      return sum.getFloat();
    }
  }

  /**
   * XᵀX is symmetric, so only the part of D XᵀX right of the diagonal is computed, in bands, and
   * counted twice.
   */
  private double energyByGram(NDArray change) {
    NDArray gram = gram();
    int channels = (int) gram.getShape().get(0);
    TorchCall product = TorchCall.linear(gram.getDevice());
    double sum = 0;
    for (int b = 0; b < ENERGY_BANDS; b++) {
      try (NDManager scope = change.getManager().newSubManager()) {
        int from = channels * b / ENERGY_BANDS;
        int to = channels * (b + 1) / ENERGY_BANDS;
        NDArray band = change.get(scope, new NDIndex(":, " + from + ":" + to));
        NDArray below = gram.get(scope, new NDIndex(from + ":, " + from + ":" + to));
        NDArray right = change.get(scope, new NDIndex(":, " + from + ":"));
        NDArray products = product.call(band, below).mul(right);
        double all = products.sum().getFloat();
        double onDiagonal = products.get(":, 0:" + (to - from)).sum().getFloat();
        sum += 2 * all - onDiagonal;
      }
    }
    return sum;
  }

  /**
   * The number of tokens for which X Dᵀ takes as many products as D XᵀX Dᵀ. With fewer tokens,
   * multiplying the inputs themselves is cheaper.
   *
   * @param channels number of input channels
   */
  public static long tokensForEnergy(long channels) {
    return channels * (ENERGY_BANDS + 1) / (2 * ENERGY_BANDS);
  }

  /**
   * ‖X_j‖₂ of each channel over the tokens, by their weights, {@code [channels]}, float32.
   *
   * @throws IllegalArgumentException if the inputs are not finite
   */
  public NDArray norms() {
    NDArray x = observed.get(Observed.INPUTS);
    NDArray norms = (x == null ? gram().diagonal() : x.square().sum(new int[] {0})).sqrt();
    for (float norm : norms.toFloatArray()) {
      if (!Float.isFinite(norm)) {
        throw new IllegalArgumentException(
            "the inputs seen in calibration are not finite (NaN or infinite)");
      }
    }
    return norms;
  }

  /**
   * The factor of the damped Gram matrix, computed once for all linear layers with these inputs.
   *
   * @param damping λ, a share of the mean of the diagonal
   * @param actOrder whether channels are ordered by falling diagonal
   * @throws IllegalArgumentException if the inputs are not finite, or the matrix is not positive
   *     definite
   */
  public GramFactor factor(double damping, boolean actOrder) {
    return factors.computeIfAbsent(
        new Settings(damping, actOrder),
        s -> GramFactor.of(gram(), tokens, s.damping(), s.actOrder()));
  }

  /**
   * D Uᵀ in processing order, where U = R⁻¹ belongs to {@link #factor}. It is computed once for all
   * linear layers with these inputs.
   *
   * @return {@code [channels, channels]}, in the number format of the factor
   * @throws IllegalArgumentException as {@link #factor}, or if the drift is not finite
   */
  NDArray driftFactor(double damping, boolean actOrder) {
    return drifts.computeIfAbsent(
        new Settings(damping, actOrder), s -> factor(damping, actOrder).timesTransposed(drift()));
  }
}
