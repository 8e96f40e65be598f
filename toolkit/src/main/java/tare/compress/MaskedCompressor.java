package tare.compress;

import ai.djl.ndarray.NDArray;
import java.util.function.DoubleSupplier;

/** A compressor that can keep given weights at zero, so that it may follow a pruner. */
public interface MaskedCompressor extends Compressor {

  /**
   * Compresses a weight that is partly pruned.
   *
   * @param weight W, {@code [out, in]}, float32, zero where pruned; not changed
   * @param inputs as in {@link #compress(NDArray, LayerInputs)}
   * @param pruned which weights are pruned and stay exactly zero, row-major; empty if none is
   * @throws IllegalArgumentException as in {@link #compress(NDArray, LayerInputs)}
   */
  Compressed compress(NDArray weight, LayerInputs inputs, boolean[] pruned);

  @Override
  default boolean leavesCodes() {
    return true;
  }

  @Override
  default MaskedCompressor forLinear(String linear) {
    return this;
  }

  @Override
  default MaskedCompressor sharing(DoubleSupplier largest) {
    return this;
  }
}
