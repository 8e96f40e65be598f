package tare.compress;

import ai.djl.ndarray.NDArray;
import java.util.HashMap;
import java.util.Map;

/** What a linear's inputs X {@code [tokens, channels]} looked like during calibration. */
public final class LayerInputs {

  private record Settings(double damping, boolean actOrder) {}

  private final long tokens;
  private final NDArray gram;
  private final Map<Settings, GramFactor> factors = new HashMap<>();

  /**
   * Inputs of the linears of one group.
   *
   * @param tokens number of tokens
   * @param gram XᵀX, {@code [channels, channels]}, float32; GPTQ's Hessian is twice this
   */
  public LayerInputs(long tokens, NDArray gram) {
    this.tokens = tokens;
    this.gram = gram;
  }

  /** Number of tokens. */
  public long tokens() {
    return tokens;
  }

  /** XᵀX, {@code [channels, channels]}, float32. */
  public NDArray gram() {
    return gram;
  }

  /**
   * ‖X_j‖₂ of each channel over all tokens, {@code [channels]}, float32.
   *
   * @throws IllegalArgumentException if the inputs are not finite
   */
  public NDArray norms() {
    NDArray norms = gram.diagonal().sqrt();
    for (float norm : norms.toFloatArray()) {
      if (!Float.isFinite(norm)) {
        throw new IllegalArgumentException(
            "the inputs seen in calibration are not finite (NaN or infinite)");
      }
    }
    return norms;
  }

  /**
   * The factor of the damped inverse, computed once for all linears that share these inputs.
   *
   * @param damping λ, a share of the mean of the diagonal
   * @param actOrder whether channels are ordered by falling diagonal
   * @throws IllegalArgumentException if the inputs are not finite, or the matrix is not positive
   *     definite
   */
  public GramFactor factor(double damping, boolean actOrder) {
    return factors.computeIfAbsent(
        new Settings(damping, actOrder),
        s -> GramFactor.of(gram, tokens, s.damping(), s.actOrder()));
  }
}
