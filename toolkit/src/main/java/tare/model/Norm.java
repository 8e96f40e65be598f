package tare.model;

import ai.djl.ndarray.NDArray;
import java.util.Optional;

/**
 * RMSNorm, or LayerNorm where there is a bias; float32.
 *
 * @param name name of the weight in the checkpoint
 * @param weight {@code [width]}
 * @param bias {@code [width]}, if it is a LayerNorm
 */
record Norm(
    String name, NDArray weight, Optional<NDArray> bias, double epsilon, DecoderCalls calls) {

  /** {@code [.., width]} to the same shape. */
  NDArray of(NDArray x) {
    return bias.isPresent() ? calls.layerNorm().of(x, weight, bias.get()) : rms(x);
  }

  /** Zhang and Sennrich 2019, equation 4: x over its root mean square, times a weight. */
  private NDArray rms(NDArray x) {
    NDArray norm = x.norm(new int[] {-1}, true);
    NDArray root = norm.square().divi(x.getShape().getLastDimension()).addi(epsilon).sqrt();
    return x.div(root).muli(weight);
  }
}
