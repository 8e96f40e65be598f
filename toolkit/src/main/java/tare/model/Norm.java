package tare.model;

import ai.djl.ndarray.NDArray;
import java.util.Optional;

/**
 * RMSNorm, or LayerNorm if there is a bias, in float32.
 *
 * @param name name of the weight in the checkpoint
 * @param weight what is multiplied by, {@code [width]}
 * @param bias {@code [width]}, for a LayerNorm
 */
record Norm(
    String name, NDArray weight, Optional<NDArray> bias, double epsilon, DecoderCalls calls) {

  /** A norm of a model. The sum of 1 and a weight belongs to the weight's manager. */
  static Norm of(
      String name, NDArray weight, Optional<NDArray> bias, ModelConfig config, DecoderCalls calls) {
    NDArray factors = config.architecture().addsOne() ? weight.add(1) : weight;
    return new Norm(name, factors, bias, config.normEpsilon(), calls);
  }

  /** Applies the norm: {@code [.., width]} to the same shape. */
  NDArray forward(NDArray x) {
    return bias.isPresent() ? calls.layerNorm().call(x, weight, bias.get()) : rms(x);
  }

  /**
   * Divides x by its root mean square and multiplies by a weight (Zhang and Sennrich 2019, equation
   * 4).
   */
  private NDArray rms(NDArray x) {
    NDArray norm = x.norm(new int[] {-1}, true);
    NDArray root = norm.square().divi(x.getShape().getLastDimension()).addi(epsilon).sqrt();
    return x.div(root).muli(weight);
  }
}
