package tare.compress;

import ai.djl.ndarray.NDArray;
import java.util.List;
import java.util.Set;
import tare.data.Named;

/**
 * Moves scale between the inputs of linears and their weights, which changes no output: weights
 * become W·diag(s), and what produces the inputs (a norm, or the linear before) is divided by s.
 */
public interface Rescaler extends Named {

  /**
   * The factors s of one set of linears with a common input.
   *
   * @param weights each {@code [out, channels]}, float32; not changed
   * @param inputs what the calibration showed of the inputs of the uncompressed linears
   * @return {@code [channels]}, finite and above 0; belongs to the manager of the inputs
   * @throws IllegalArgumentException if the shapes do not suit the method
   */
  NDArray factors(List<NDArray> weights, LayerInputs inputs);

  /** What {@link #factors} looks at. */
  Set<Observed> needs();

  /** Whether a set is rescaled too if a linear, not a norm, has to take 1/s in. */
  default boolean foldsIntoLinears() {
    return true;
  }
}
