package tare.calibrate;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tare.compress.LayerInputs;
import tare.compress.OutputChange;
import tare.model.DecoderBlock;
import tare.model.LinearGroup;
import tare.model.Positions;

/**
 * The change of the outputs of whole attention, or of the whole feed-forward layer, on some
 * samples: what the search of AWQ's authors looks at for linears that only act together. Large
 * queries and keys would outweigh the values if each linear's own outputs counted.
 */
final class ModuleChange implements OutputChange {

  /** About so many tokens are looked at. */
  private static final int TOKENS = 1024;

  private final DecoderBlock block;
  private final LinearGroup group;
  private final Residual samples;
  private final NDManager scope;
  private List<Seen> seen;

  private ModuleChange(DecoderBlock block, LinearGroup group, Residual samples, NDManager scope) {
    this.block = block;
    this.group = group;
    this.samples = samples;
    this.scope = scope;
  }

  /**
   * A batch.
   *
   * @param inputs of the module, {@code [batch, tokens, width]}
   * @param outputs of the module as it is
   */
  private record Seen(NDArray inputs, NDArray outputs) {}

  /**
   * What a set of linears is judged by: the module around them, or the linear itself if it is
   * alone.
   *
   * @param samples the residual stream before the block
   * @param inputs what was seen of the group's inputs
   * @param scope owns what is kept for the search
   */
  static OutputChange of(
      DecoderBlock block,
      LinearGroup group,
      Residual samples,
      LayerInputs inputs,
      NDManager scope) {
    if (group.linears().size() > 1) {
      return new ModuleChange(block, group, samples, scope);
    }
    return OutputChange.ofLinears(List.of(group.linears().get(0).weight()), inputs);
  }

  private Seen seen(NDArray hidden) {
    NDArray inputs = isAttention() ? hidden : hidden.add(attention(block, hidden));
    return new Seen(inputs, outputs(block, inputs));
  }

  private boolean isAttention() {
    return group.name().equals(block.groups().get(0).name());
  }

  private NDArray outputs(DecoderBlock of, NDArray inputs) {
    return isAttention() ? attention(of, inputs) : of.feedForward(inputs);
  }

  private NDArray attention(DecoderBlock of, NDArray hidden) {
    int tokens = (int) hidden.getShape().get(1);
    return of.attention(hidden, Positions.causal(tokens, samples.config(), hidden.getManager()));
  }

  @Override
  public double of(List<NDArray> changed) {
    Map<String, NDArray> weights = new HashMap<>();
    for (int i = 0; i < changed.size(); i++) {
      weights.put(group.linears().get(i).name(), changed.get(i));
    }
    DecoderBlock other = block.with(weights);
    if (seen == null) { // the first time, as not every rescaler asks
      seen = samples.some(TOKENS).hidden(scope).stream().map(this::seen).toList();
    }
    double squares = 0;
    long values = 0;
    for (Seen each : seen) {
      try (NDManager inner = scope.newSubManager()) {
        NDArray inputs = each.inputs().duplicate();
        inputs.attach(inner);
        NDArray change = outputs(other, inputs).sub(each.outputs());
        squares += change.square().sum().getFloat();
        values += change.size();
      }
    }
    return squares / values;
  }
}
