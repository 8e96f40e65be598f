package tare.model;

import java.util.List;

/**
 * The linears of a block that are fed by one input, and so share its Gram matrix.
 *
 * @param name {@code qkv}, {@code o}, {@code gate_up} or {@code down}
 * @param linears the weight matrices, all {@code [out, in]} with one {@code in}
 */
public record LinearGroup(String name, List<Linear> linears) {}
