package tare.compress;

import ai.djl.ndarray.NDArray;
import java.util.List;

/** How much it changes a model if the weights of a set of linears with one input change. */
public interface OutputChange {

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
