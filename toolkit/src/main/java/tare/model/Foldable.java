package tare.model;

import ai.djl.ndarray.NDArray;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The operation that makes the inputs of a group of linear layers and can take up a factor per
 * channel. It is a norm (its weight and its bias, if any) or the rows of another linear layer (and
 * its bias).
 *
 * <p>Dividing channel j of each of its tensors by s_j divides input j of the group by s_j. If the
 * group's weight columns are multiplied by s, the block computes the same function as before.
 *
 * @param tensors tensors by name; the first dimension of each is the channel: {@code [channels]} or
 *     {@code [channels, in]}
 */
public record Foldable(Map<String, NDArray> tensors) {

  /**
   * Number of its channels. Before the group {@code o} of a model with grouped-query attention,
   * this is less than the group's number of inputs: value channel (g, d) feeds input (h, d) of
   * every query head h that shares key/value head g.
   */
  public long channels() {
    return tensors.values().iterator().next().getShape().get(0);
  }

  /**
   * Divides each channel of the tensors by a factor.
   *
   * @param s {@code [channels]}, positive
   * @return tensors by name, for {@link DecoderBlock#with}; they belong to the managers of the
   *     original tensors
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
