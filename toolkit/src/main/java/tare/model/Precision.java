package tare.model;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import tare.tensor.TorchCall;

/**
 * The number format in which a model is evaluated: its weights, the products with them, and
 * attention. The residual stream and the logits stay float32. Compression always uses float32;
 * calibration samples run in a precision of their own.
 */
public enum Precision {
  /** 32-bit floating point. */
  F32,
  /** bfloat16. */
  BF16,
  /** IEEE half precision. */
  F16,
  /** The fastest of the formats on the device; see {@link #resolvedOn}. */
  AUTO;

  /** Whether this machine's processor has instructions for a format. */
  private static final Map<Precision, Boolean> NATIVE = new ConcurrentHashMap<>();

  /**
   * The precision with this name, as the command line and results write it.
   *
   * @throws IllegalArgumentException for any name but f32, bf16, f16 and auto
   */
  public static Precision named(String name) {
    try {
      return valueOf(name.toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "Precision \"" + name + "\" is not one of f32, bf16, f16, auto", e);
    }
  }

  /** The name as the command line and results write it. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * This precision, or for {@link #AUTO} the one that is fastest on the device: bfloat16 on a GPU,
   * and on a processor that has instructions for it; float32 on other processors. It is the same
   * each time.
   */
  public Precision resolvedOn(Device device) {
    if (this != AUTO) {
      return this;
    }
    return BF16.widened(device) ? F32 : BF16;
  }

  /**
   * Whether products are computed in float32 because the processor has no instructions for this
   * format, by PyTorch's own answer. A product in the format would take five to ten times as long
   * there (AVX2). The results have this precision all the same: values are rounded before the
   * product, and sums after it.
   */
  private boolean widened(Device device) {
    return this != F32 && !device.isGpu() && !NATIVE.computeIfAbsent(this, Precision::isNative);
  }

  private static boolean isNative(Precision precision) {
    String call = precision == BF16 ? "has_bfloat16" : "has_float16";
    try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      return TorchCall.of(call, Device.cpu()).call(manager.create(0f)).getFloat() == 1;
    }
  }

  /** The product {@code x wᵀ} with a weight in this precision. */
  TorchCall product(Device device) {
    return this == F32 ? TorchCall.linear(device) : TorchCall.of(lowLinear(device), device);
  }

  /** The same product as {@link #product}, with a result in this precision. */
  TorchCall innerProduct(Device device) {
    return this == F32
        ? TorchCall.linear(device)
        : TorchCall.of(lowLinear(device) + "_keep", device);
  }

  /** Attention in this precision, causal or with a mask. */
  TorchCall attention(Device device) {
    String onProcessor = widened(device) ? "attention_widened" : "attention_tiles";
    return TorchCall.of(device.isGpu() ? "attention" : onProcessor, device);
  }

  /** Attention in this precision after a beginning that all rows share, with a mask. */
  TorchCall attentionAfter(Device device) {
    return TorchCall.of(widened(device) ? "attention_after_widened" : "attention_after", device);
  }

  private String lowLinear(Device device) {
    return widened(device) ? "linear_widened" : "linear_low";
  }

  /** The conversion of float32 to this precision; none is needed for {@link #F32}. */
  Optional<TorchCall> cast(Device device) {
    return this == F32
        ? Optional.empty()
        : Optional.of(TorchCall.of(this == BF16 ? "to_bfloat16" : "to_float16", device));
  }

  /** Size of one number, in bytes. */
  long bytes() {
    return this == F32 ? Float.BYTES : Short.BYTES;
  }

  /**
   * Converts a float32 array to this precision. The result belongs to the manager of the argument.
   */
  NDArray narrow(NDArray values) {
    return cast(values.getDevice()).map(cast -> cast.call(values)).orElse(values);
  }
}
