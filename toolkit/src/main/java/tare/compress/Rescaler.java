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

  /** How much it changes a model if the weights of a set of linears with one input change. */
  interface OutputChange {

    /**
     * Mean squared change of the outputs, over tokens and output channels.
     *
     * @param changed the weights in place of those of the set, each {@code [out, channels]}
     */
    double loss(List<NDArray> changed);

    /**
     * The change of the linears' own outputs, over all tokens.
     *
     * @param weights the weights as they are, each {@code [out, channels]}
     * @param inputs what was seen of their inputs, the Gram matrix among it
     */
    static OutputChange ofLinears(List<NDArray> weights, LayerInputs inputs) {
      return changed -> {
        double energy = 0;
        long outputs = 0;
        for (int i = 0; i < weights.size(); i++) {
          try (NDArray change = changed.get(i).sub(weights.get(i))) {
            energy += inputs.energy(change);
          }
          outputs += weights.get(i).getShape().get(0);
        }
        return energy / inputs.tokens() / outputs;
      };
    }
  }

  /**
   * The factors s of one set of linears with a common input.
   *
   * @param weights each {@code [out, channels]}, float32; not changed
   * @param inputs what the calibration showed of the inputs of the uncompressed linears
   * @param change how much other weights change the outputs of the module that the linears belong
   *     to: whole attention for queries, keys and values, the whole feed-forward layer for gate and
   *     up, else the linear itself
   * @return {@code [channels]}, finite and above 0; belongs to the manager of the inputs
   * @throws IllegalArgumentException if the shapes do not suit the method
   */
  NDArray factors(List<NDArray> weights, LayerInputs inputs, OutputChange change);

  /** The factors of linears by themselves, where no module around them is known. */
  default NDArray factors(List<NDArray> weights, LayerInputs inputs) {
    return factors(weights, inputs, OutputChange.ofLinears(weights, inputs));
  }

  /** What {@link #factors} looks at. */
  Set<Observed> needs();

  /** Whether a set is rescaled too if a linear, not a norm, has to take 1/s in. */
  default boolean foldsIntoLinears() {
    return true;
  }
}
