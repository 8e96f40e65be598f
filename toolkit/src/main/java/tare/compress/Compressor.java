package tare.compress;

import ai.djl.ndarray.NDArray;
import java.util.Set;
import tare.data.Named;

/**
 * A quantizer or a pruner of one linear. It is a {@link Method} as well: each linear of the model
 * is compressed by it.
 */
public interface Compressor extends Method, Named {

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

  /** Each linear of the model, without rescaling. */
  @Override
  default Recipe recipe() {
    return new Recipe(Method.nameOf(getClass()), this);
  }

  @Override
  default boolean calibrated() {
    return true;
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
   * Whether what it leaves are codes on a grid of scales and whole zero points, which formats of
   * packed weights can hold.
   */
  default boolean leavesCodes() {
    return false;
  }

  /**
   * Whether a block is calibrated on the outputs of the compressed blocks before it, which are the
   * inputs that it will get; otherwise on those of the original model.
   */
  default boolean propagates() {
    return true;
  }
}
