package tare.model;

import java.util.List;
import java.util.Optional;

/**
 * The linear layers of a block that have a common input and therefore share its Gram matrix.
 *
 * @param name {@code qkv}, {@code o}, {@code gate_up} ({@code up} where there is no gate) or {@code
 *     down}
 * @param linears the linear layers, all {@code [out, in]} with the same {@code in}
 * @param before the operation that makes the input and can take up a factor per channel; empty if
 *     the residual stream itself is the input (norms after the sum, as in OPT-350M)
 */
public record LinearGroup(String name, List<Linear> linears, Optional<Foldable> before) {}
