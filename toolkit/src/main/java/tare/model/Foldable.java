package tare.model;

import ai.djl.ndarray.NDArray;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What makes the inputs of a group of linears, and can take up a factor per channel: dividing
 * channel j of each of its tensors by s_j divides input j of the group by s_j, so that columns
 * multiplied by s leave the block's function as it was. It is a norm (its weight, and bias if there
 * is one), or the rows of another linear (and its bias).
 *
 * @param tensors by name, the first dimension of each is the channel: {@code [channels]} or {@code
 *     [channels, in]}
 */
public record Foldable(Map<String, NDArray> tensors) {

  /**
   * How many channels it makes. Before the group {@code o} of a model with grouped-query attention
   * they are fewer than the group's: value channel (g, d) is input (h, d) of all the query heads h
   * that share key/value head g.
   */
  public long channels() {
    return tensors.values().iterator().next().getShape().get(0);
  }

  /**
   * Its tensors with each channel divided by a factor.
   *
   * @param s {@code [channels]}, positive
   * @return by name, for {@link DecoderBlock#with}; they belong to the tensors' managers
   */
  public Map<String, NDArray> divided(NDArray s) {
    Map<String, NDArray> divided = new LinkedHashMap<>();
    tensors.forEach(
        (name, values) ->
            divided.put(
                name, values.div(values.getShape().dimension() == 1 ? s : s.reshape(-1, 1))));
    return divided;
  }
}
