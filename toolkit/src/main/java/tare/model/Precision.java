package tare.model;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Comparator;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import tare.tensor.TorchCall;

/**
 * The number format in which a model is evaluated: its weights, the products with them, and
 * attention. The residual stream and the logits stay float32. Calibration and compression always
 * use float32.
 */
public enum Precision {
  /** 32-bit floating point. */
  F32,
  /** bfloat16. */
  BF16,
  /** IEEE half precision. */
  F16,
  /** The fastest of the three formats on the device, found by a measurement of half a second. */
  AUTO;

  /**
   * Measured results, kept because a measurement takes time and must not change between two models.
   */
  private static final Map<Precision, Boolean> WIDENED = new ConcurrentHashMap<>();

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

  /** This precision, or for {@link #AUTO} the one whose products are fastest on the device. */
  public Precision resolvedOn(Device device) {
    if (this != AUTO) {
      return this;
    }
    return Stream.of(F32, BF16, F16)
        .filter(p -> !p.widened(device))
        .min(Comparator.comparingDouble(p -> p.secondsOfProduct(p.product(device), device)))
        .orElseThrow();
  }

  /**
   * Whether products are computed in float32 because the processor has no instructions for this
   * format. This holds if the float32 product of the same values is at least twice as fast (AVX2:
   * five to ten times). The results have this precision all the same: values are rounded before the
   * product, and sums after it.
   */
  private boolean widened(Device device) {
    return this != F32
        && !device.isGpu()
        && WIDENED.computeIfAbsent(
            this,
            p ->
                p.secondsOfProduct(TorchCall.load("linear_low", device), device)
                    > 2 * p.secondsOfProduct(TorchCall.load("linear_widened", device), device));
  }

  /**
   * Time of one product {@code [512, 1024] x [1024, 1024]ᵀ} in seconds: the best within a sixth of
   * a second.
   */
  private double secondsOfProduct(TorchCall call, Device device) {
    try (NDManager manager = NDManager.newBaseManager(device);
        TorchCall product = call) {
      NDArray x = manager.randomNormal(new Shape(512, 1024));
      NDArray weight = narrow(manager.randomNormal(new Shape(1024, 1024)));
      double best = Double.MAX_VALUE;
      for (long start = System.nanoTime(), last = start; last - start < 160_000_000L; ) {
        try (NDManager scope = manager.newSubManager()) {
          x.attach(scope);
          product.call(x, weight).sum().getFloat();
          x.attach(manager);
        }
        long now = System.nanoTime();
        best = Math.min(best, (now - last) / 1e9);
        last = now;
      }
      return best;
    }
  }

  /** The product {@code x wᵀ} with a weight in this precision. */
  TorchCall product(Device device) {
    return TorchCall.load(this == F32 ? exactLinear(device) : lowLinear(device), device);
  }

  /** The same product as {@link #product}, with a result in this precision. */
  TorchCall innerProduct(Device device) {
    return TorchCall.load(this == F32 ? exactLinear(device) : lowLinear(device) + "_keep", device);
  }

  /** Causal attention in this precision. */
  TorchCall attention(Device device) {
    boolean own = this == F32 || device.isGpu();
    String low = widened(device) ? "attention_widened" : "attention_low";
    return TorchCall.load(own ? "attention" : low, device);
  }

  private String lowLinear(Device device) {
    return widened(device) ? "linear_widened" : "linear_low";
  }

  /** The name of the fastest float32 product. PyTorch has oneDNN's on x86 processors only. */
  private static String exactLinear(Device device) {
    String processor = System.getProperty("os.arch");
    boolean x86 = processor.equals("amd64") || processor.equals("x86_64");
    return x86 && !device.isGpu() ? "linear_onednn" : "linear";
  }

  /** The conversion of float32 to this precision; none is needed for {@link #F32}. */
  Optional<TorchCall> cast(Device device) {
    return this == F32
        ? Optional.empty()
        : Optional.of(TorchCall.load(this == BF16 ? "to_bfloat16" : "to_float16", device));
  }

  /**
   * Converts a float32 array to this precision. The result belongs to the manager of the argument.
   */
  NDArray narrow(NDArray values) {
    Optional<TorchCall> cast = cast(values.getDevice());
    if (cast.isEmpty()) {
      return values;
    }
    try (TorchCall narrowing = cast.get()) {
      return narrowing.call(values);
    }
  }
}
