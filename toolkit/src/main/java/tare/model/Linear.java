package tare.model;

import ai.djl.ndarray.NDArray;
import java.util.Optional;
import tare.tensor.TorchCall;

/**
 * One linear layer: y = x Wᵀ + b.
 *
 * @param name name of the weight in the checkpoint
 * @param weight {@code [out, in]}, in the precision of the model
 * @param bias {@code [out]}, float32, if there is one
 * @param product the library's product for that precision; its result is float32 or stays in the
 *     precision
 */
public record Linear(String name, NDArray weight, Optional<NDArray> bias, TorchCall product) {

  /** Applies the layer: {@code [.., in]} to {@code [.., out]}. */
  public NDArray forward(NDArray x) {
    return bias.isPresent() ? product.call(x, weight, bias.get()) : product.call(x, weight);
  }
}
