package tare.model;

import ai.djl.ndarray.NDArray;
import tare.tensor.TorchCall;

/**
 * One weight matrix without bias: y = x Wᵀ.
 *
 * @param name name of the weight in the checkpoint
 * @param weight {@code [out, in]}, in the precision of the model
 * @param product the library's product for that precision; its result is float32 or stays in the
 *     precision
 */
public record Linear(String name, NDArray weight, TorchCall product) {

  /** {@code [.., in]} to {@code [.., out]}. */
  public NDArray of(NDArray x) {
    return product.of(x, weight);
  }
}
