package tare.model;

import ai.djl.ndarray.NDArray;
import java.util.List;
import java.util.Map;

/**
 * The linears of a block that are fed by one input, and so share its Gram matrix.
 *
 * @param name {@code qkv}, {@code o}, {@code gate_up} or {@code down}
 * @param linears the weight matrices, all {@code [out, in]} with one {@code in}
 */
public record LinearGroup(String name, List<Linear> linears) {

  /** The same group with other weights, by name; linears that are not named keep theirs. */
  LinearGroup with(Map<String, NDArray> weights) {
    return new LinearGroup(
        name,
        linears.stream()
            .map(l -> new Linear(l.name(), weights.getOrDefault(l.name(), l.weight()), l.product()))
            .toList());
  }
}
