package tare.compress;

import ai.djl.ndarray.NDArray;

/**
 * Wanda (Sun et al. 2024, section 3): weights fall by |W_ij| · ‖X_j‖₂, the weight's size times the
 * norm of its input over all calibration tokens. The others keep their values.
 *
 * @param pattern which weights compete
 */
public record Wanda(SparsityPattern pattern) implements Compressor {

  /** A share of each output's weights, as the paper does. */
  public Wanda(double sparsity) {
    this(SparsityPattern.rows(sparsity));
  }

  @Override
  public Compressed compress(NDArray weight, LayerInputs inputs) {
    try (NDArray norms = inputs.norms();
        NDArray sizes = weight.abs();
        NDArray scores = sizes.mul(norms)) {
      return pattern.prune(weight, scores);
    }
  }
}
