package tare.calibrate;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import tare.compress.LayerInputs;
import tare.compress.Rescaler.OutputChange;
import tare.model.DecoderBlock;
import tare.model.LinearGroup;
import tare.model.Positions;

/**
 * Measures how much the output of a whole module changes on some samples, by the weights of their
 * tokens. The module is the attention or the feed-forward layer, because its linear layers only act
 * together; a linear layer that acts alone is its own module. AWQ's authors search by the same
 * measure: if each linear layer's own outputs counted, large queries and keys would outweigh the
 * values.
 */
final class ModuleChange implements OutputChange {

  /** Approximate number of tokens to look at. */
  private static final int TOKENS = 1024;

  /**
   * A lone linear layer is judged by all tokens if that costs at most this many times as much as
   * {@link #TOKENS} tokens.
   */
  private static final int PAID_FOR_ALL = 4;

  private final DecoderBlock block;
  private final LinearGroup group;
  private final Residual samples;
  private final long tokens;
  private final NDManager scope;
  private List<Seen> seen;

  /**
   * Measures the change of a module's outputs.
   *
   * @param samples the residual stream before the block
   * @param tokens approximate number of their tokens to look at
   * @param scope owns the arrays that are kept during the search
   */
  ModuleChange(
      DecoderBlock block, LinearGroup group, Residual samples, long tokens, NDManager scope) {
    this.block = block;
    this.group = group;
    this.samples = samples;
    this.tokens = tokens;
    this.scope = scope;
  }

  /**
   * A batch.
   *
   * @param inputs inputs of the module, {@code [batch, tokens, width]}
   * @param outputs outputs of the unchanged module
   * @param weights weight of each token; empty if each counts once
   */
  private record Seen(NDArray inputs, NDArray outputs, float[] weights) {

    /** The sum of squares of an array like the outputs, by the tokens' weights. */
    double squares(NDArray change) {
      if (weights.length == 0) {
        return change.square().sum().getFloat();
      }
      NDArray ofTokens = change.square().sum(new int[] {-1}).flatten();
      return ofTokens.dot(change.getManager().create(weights)).getFloat();
    }

    /** The number of outputs, by the tokens' weights. */
    double count() {
      double weight = 0;
      for (float each : weights) {
        weight += each;
      }
      return weights.length == 0 ? outputs.size() : weight * outputs.getShape().getLastDimension();
    }
  }

  /**
   * Chooses the measure for a set of linear layers. Several are judged by the module around them,
   * on some samples. A lone one is judged by itself on all tokens, by its Gram matrix or by its
   * inputs, whichever costs less; if both cost too much ({@link #PAID_FOR_ALL}), on some samples.
   *
   * @param samples the residual stream before the block
   * @param inputs statistics of the group's inputs
   * @param scope owns the arrays that are kept during the search
   */
  static OutputChange change(
      DecoderBlock block,
      LinearGroup group,
      Residual samples,
      LayerInputs inputs,
      NDManager scope) {
    NDArray weight = group.linears().get(0).weight();
    long byGram = LayerInputs.tokensForEnergy(weight.getShape().get(1));
    long all = samples.tokens();
    if (!isAlone(group) || Math.min(byGram, all) > PAID_FOR_ALL * TOKENS) {
      return new ModuleChange(block, group, samples, TOKENS, scope);
    }
    return byGram <= all
        ? OutputChange.ofLinears(List.of(weight), inputs)
        : new ModuleChange(block, group, samples, all, scope);
  }

  private static boolean isAlone(LinearGroup group) {
    return group.linears().size() == 1;
  }

  private List<Seen> seen() {
    Residual some = samples.some(tokens);
    Iterator<float[]> weights = some.weights().iterator();
    return some.hidden(scope).stream().map(hidden -> seen(hidden, weights.next())).toList();
  }

  private Seen seen(NDArray hidden, float[] weights) {
    try (NDManager inner = scope.newSubManager()) {
      hidden.attach(inner);
      NDArray inputs = inputs(hidden);
      NDArray outputs = outputs(block, inputs);
      inputs.attach(scope);
      outputs.attach(scope);
      return new Seen(inputs, outputs, weights);
    }
  }

  private NDArray inputs(NDArray hidden) {
    if (isAlone(group)) {
      List<NDArray> tapped = new ArrayList<>();
      block.observe(
          hidden,
          positions(hidden),
          (seen, x) -> {
            if (seen.name().equals(group.name())) {
              tapped.add(x);
            }
          });
      return tapped.get(0);
    }
    return isAttention() ? hidden : hidden.add(attention(block, hidden));
  }

  private boolean isAttention() {
    return group.name().equals(block.groups().get(0).name());
  }

  private NDArray outputs(DecoderBlock of, NDArray inputs) {
    if (isAlone(group)) {
      return of.group(group.name()).linears().get(0).forward(inputs);
    }
    return isAttention() ? attention(of, inputs) : of.feedForward(inputs);
  }

  private NDArray attention(DecoderBlock of, NDArray hidden) {
    return of.attention(hidden, positions(hidden));
  }

  private Positions positions(NDArray hidden) {
    return Positions.causal((int) hidden.getShape().get(1), samples.config(), hidden.getManager());
  }

  @Override
  public double loss(List<NDArray> changed) {
    Map<String, NDArray> weights = new HashMap<>();
    for (int i = 0; i < changed.size(); i++) {
      weights.put(group.linears().get(i).name(), changed.get(i));
    }
    DecoderBlock other = block.with(weights);
    if (seen == null) { // Computed at the first use, because not every rescaler needs it.
      seen = seen();
    }
    double squares = 0;
    double values = 0;
    for (Seen each : seen) {
      try (NDManager inner = scope.newSubManager()) {
        NDArray inputs = each.inputs().duplicate();
        inputs.attach(inner);
        NDArray change = outputs(other, inputs).sub(each.outputs());
        squares += each.squares(change);
        values += each.count();
      }
    }
    return squares / values;
  }
}
