package tare.model;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import java.util.Optional;
import tare.tensor.TorchCall;

/**
 * The library calls that a decoder makes, loaded once in a process.
 *
 * @param attention attention, causal or with a mask; query heads share keys and values
 * @param attentionAfter the same after a beginning that all rows share; always with a mask
 * @param narrow conversion to the model's precision; empty for float32
 * @param gated silu(gate) · up
 * @param geluGated gelu(gate) · up, with the tanh form of gelu
 * @param relu max(x, 0)
 * @param layerNorm LayerNorm with weight and bias, epsilon 1e-5
 * @param product x wᵀ, plus a bias if one is given, in the model's precision, with a float32 result
 * @param innerProduct the same product with a result in the model's precision
 * @param crossEntropy negative log-probability of each target
 */
record DecoderCalls(
    TorchCall attention,
    TorchCall attentionAfter,
    Optional<TorchCall> narrow,
    TorchCall gated,
    TorchCall geluGated,
    TorchCall relu,
    TorchCall layerNorm,
    TorchCall product,
    TorchCall innerProduct,
    TorchCall crossEntropy) {

  static DecoderCalls of(Device device, Precision precision) {
    return new DecoderCalls(
        precision.attention(device),
        precision.attentionAfter(device),
        precision.cast(device),
        TorchCall.of("swiglu", device),
        TorchCall.of("geglu", device),
        TorchCall.of("relu", device),
        TorchCall.of("layer_norm", device),
        precision.product(device),
        precision.innerProduct(device),
        TorchCall.of("cross_entropy", device));
  }

  /** Converts a float32 array to the model's precision. */
  NDArray narrowed(NDArray x) {
    return narrow.isPresent() ? narrow.get().call(x) : x;
  }
}
