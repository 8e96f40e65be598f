package tare.model;

import java.util.List;
import java.util.Optional;

/**
 * The linears of a block that are fed by one input, and so share its Gram matrix.
 *
 * @param name {@code qkv}, {@code o}, {@code gate_up} ({@code up} where there is no gate) or {@code
 *     down}
 * @param linears the weight matrices, all {@code [out, in]} with one {@code in}
 * @param before what makes the input and can take up a factor per channel; empty where nothing can,
 *     because the residual stream itself is the input (norms after the sum, as in OPT-350M)
 */
public record LinearGroup(String name, List<Linear> linears, Optional<Foldable> before) {}
