package tare.model;

import ai.djl.Device;
import tare.tensor.TorchCall;

/**
 * The calls of the tensor library that a decoder makes, loaded once per model.
 *
 * @param attention causal attention; query heads share keys and values
 * @param maskedAttention the same with a mask
 * @param rmsNorm root-mean-square norm
 * @param gated silu(gate) · up
 * @param product x wᵀ in the model's precision, result in float32
 * @param innerProduct the same, result in the model's precision
 * @param crossEntropy minus the log-probability of each target
 */
record DecoderCalls(
    TorchCall attention,
    TorchCall maskedAttention,
    TorchCall rmsNorm,
    TorchCall gated,
    TorchCall product,
    TorchCall innerProduct,
    TorchCall crossEntropy)
    implements AutoCloseable {

  static DecoderCalls load(Device device, Precision precision) {
    return new DecoderCalls(
        TorchCall.load("attention", device),
        TorchCall.load("attention_masked", device),
        TorchCall.load("rms_norm", device),
        TorchCall.load("swiglu", device),
        precision.product(device),
        TorchCall.load(precision == Precision.F32 ? "linear" : "linear_low_keep", device),
        TorchCall.load("cross_entropy", device));
  }

  @Override
  public void close() {
    attention.close();
    maskedAttention.close();
    rmsNorm.close();
    gated.close();
    product.close();
    innerProduct.close();
    crossEntropy.close();
  }
}
