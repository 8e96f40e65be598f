package tare.compress;

import ai.djl.ndarray.NDArray;
import java.util.Set;
import tare.data.Named;

/** A quantizer or a pruner of one linear. */
public interface Compressor extends Named {

  /**
   * Compresses a weight.
   *
   * @param weight W, {@code [out, in]}, float32; not changed
   * @param inputs what the calibration showed of the linear's inputs; of a compressor that
   *     {@linkplain #calibrated needs none}, not looked at
   * @throws IllegalArgumentException if the shape does not suit the method, or the inputs are not
   *     finite
   */
  Compressed compress(NDArray weight, LayerInputs inputs);

  /** Whether the result depends on the calibration set. */
  default boolean calibrated() {
    return true;
  }

  /**
   * This compressor, and another on what it leaves: {@code new Wanda(0.5).then(new Gptq(4, 64))}.
   * Weights that this one set to zero stay exactly zero.
   */
  default Compressor then(MaskedCompressor next) {
    return new InSequence(this, next);
  }

  /** What {@link #compress} looks at, beside the Gram matrix, which reports need anyway. */
  default Set<Observed> needs() {
    return Set.of();
  }

  /**
   * The compressor for the linear of a name, where a method treats some in another way (AWQ leaves
   * queries and keys unclipped).
   *
   * @param linear name in the checkpoint: {@code model.layers.3.self_attn.q_proj.weight}
   */
  default Compressor forLinear(String linear) {
    return this;
  }

  /**
   * Whether a block is calibrated on the outputs of the compressed blocks before it, which are the
   * inputs that it will get; otherwise on those of the original model.
   */
  default boolean propagates() {
    return true;
  }
}
