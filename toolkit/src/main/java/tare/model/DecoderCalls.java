package tare.model;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import java.util.Optional;
import tare.tensor.TorchCall;

/**
 * The calls of the tensor library that a decoder makes, loaded once per model.
 *
 * @param attention causal attention; query heads share keys and values
 * @param maskedAttention the same with a mask
 * @param narrow to the model's precision; nothing where that is float32
 * @param gated silu(gate) · up
 * @param product x wᵀ in the model's precision, result in float32
 * @param innerProduct the same, result in the model's precision
 * @param crossEntropy minus the log-probability of each target
 */
record DecoderCalls(
    TorchCall attention,
    TorchCall maskedAttention,
    Optional<TorchCall> narrow,
    TorchCall gated,
    TorchCall product,
    TorchCall innerProduct,
    TorchCall crossEntropy)
    implements AutoCloseable {

  static DecoderCalls load(Device device, Precision precision) {
    return new DecoderCalls(
        TorchCall.load(
            precision == Precision.F32 || device.isGpu() ? "attention" : "attention_low", device),
        TorchCall.load("attention_masked", device),
        precision.cast(device),
        TorchCall.load("swiglu", device),
        precision.product(device),
        precision.innerProduct(device),
        TorchCall.load("cross_entropy", device));
  }

  /**
   * RMSNorm (Zhang and Sennrich 2019, equation 4), in the model's precision: x over its root mean
   * square, times a weight.
   *
   * @param x {@code [.., width]}
   * @param weight {@code [width]}
   */
  NDArray rmsNorm(NDArray x, NDArray weight, double epsilon) {
    NDArray norm = x.norm(new int[] {-1}, true);
    NDArray root = norm.square().divi(x.getShape().getLastDimension()).addi(epsilon).sqrt();
    NDArray normed = x.div(root).muli(weight);
    return narrow.isPresent() ? narrow.get().of(normed) : normed;
  }

  @Override
  public void close() {
    attention.close();
    maskedAttention.close();
    narrow.ifPresent(TorchCall::close);
    gated.close();
    product.close();
    innerProduct.close();
    crossEntropy.close();
  }
}
