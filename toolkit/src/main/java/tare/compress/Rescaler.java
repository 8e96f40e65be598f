package tare.compress;

import ai.djl.ndarray.NDArray;
import java.util.List;
import java.util.Set;
import tare.data.Named;

/**
 * Moves scale between the inputs of linear layers and their weights, without changing any output.
 * Weights become W·diag(s), and the operation that makes the inputs (a norm or the linear layer
 * before) is divided by s.
 */
public interface Rescaler extends Named {

  /**
   * Measures how much a model changes if the weights of a set of linear layers with a common input
   * change.
   */
  interface OutputChange {

    /**
     * Mean squared change of the outputs, over tokens and output channels.
     *
     * @param changed new weights of the set, each {@code [out, channels]}
     */
    double loss(List<NDArray> changed);

    /**
     * Measures the change of the layers' own outputs, over the tokens by their weights.
     *
     * @param weights the original weights, each {@code [out, channels]}
     * @param inputs statistics of their inputs, the Gram matrix included
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
        return energy / inputs.weight() / outputs;
      };
    }
  }

  /**
   * The factors s of one set of linear layers with a common input.
   *
   * @param weights each {@code [out, channels]}, float32; not changed
   * @param inputs statistics of the uncompressed layers' inputs
   * @param change measures how other weights change the outputs of the module around the layers:
   *     the whole attention for queries, keys and values, the whole feed-forward layer for gate and
   *     up, otherwise the linear layer itself
   * @return {@code [channels]}, finite and above 0; belongs to the manager of the inputs
   * @throws IllegalArgumentException if the shapes do not suit the method
   */
  NDArray factors(List<NDArray> weights, LayerInputs inputs, OutputChange change);

  /** The factors of linear layers that are judged by themselves, without a module around them. */
  default NDArray factors(List<NDArray> weights, LayerInputs inputs) {
    return factors(weights, inputs, OutputChange.ofLinears(weights, inputs));
  }

  /** The statistics that {@link #factors} needs. */
  Set<Observed> needs();

  /** Whether a set is also rescaled if a linear layer, not a norm, must take up 1/s. */
  default boolean foldsIntoLinears() {
    return true;
  }
}
