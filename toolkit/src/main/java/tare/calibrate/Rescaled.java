package tare.calibrate;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tare.compress.LayerInputs;
import tare.compress.Rescaler;
import tare.compress.Rescaler.OutputChange;
import tare.model.DecoderBlock;
import tare.model.Foldable;
import tare.model.Linear;
import tare.model.LinearGroup;

/**
 * A block after rescaling, which computes the same function as before.
 *
 * @param block the block
 * @param tensors the changed tensors, by name: linear layers, norms and biases
 * @param inputs rescaled inputs of each group, by the group's name
 */
record Rescaled(DecoderBlock block, Map<String, NDArray> tensors, Map<String, LayerInputs> inputs) {

  /**
   * Rescales a block. For each set of linear layers with a common input, the weight columns are
   * multiplied by s, and the operation that makes the input is divided by s.
   *
   * @param rescalers applied one after the other
   * @param inputs inputs of each group of the original block, by name
   * @param samples the residual stream before the block
   * @throws IllegalArgumentException if a rescaler refuses a group, or gives factors that are not
   *     finite and above 0; the message names the group's first linear layer
   */
  static Rescaled of(
      DecoderBlock block,
      List<Rescaler> rescalers,
      Map<String, LayerInputs> inputs,
      Residual samples) {
    Rescaled rescaled = new Rescaled(block, Map.of(), inputs);
    for (Rescaler rescaler : rescalers) {
      for (int index = 0; index < block.groups().size(); index++) {
        rescaled = rescaled.by(rescaler, index, samples);
      }
    }
    return rescaled;
  }

  private Rescaled by(Rescaler rescaler, int index, Residual samples) {
    LinearGroup group = block.groups().get(index);
    Optional<Foldable> before = group.before().filter(fold -> takesUp(fold, group, rescaler));
    if (before.isEmpty()) {
      return this;
    }
    LayerInputs x = inputs.get(group.name());
    NDArray s = factors(rescaler, group, x, samples);
    Map<String, NDArray> changed = new LinkedHashMap<>(before.get().divided(s));
    group.linears().forEach(linear -> changed.put(linear.name(), linear.weight().mul(s)));
    Map<String, NDArray> all = new LinkedHashMap<>(tensors);
    all.putAll(changed);
    Map<String, LayerInputs> divided = new HashMap<>(inputs);
    divided.put(group.name(), x.dividedBy(s));
    return new Rescaled(block.with(changed), all, divided);
  }

  /**
   * Whether the operation before a group can take up a factor per input. With grouped-query
   * attention, values have fewer channels than the inputs of the output projection; that group is
   * not rescaled, as in all published programs.
   */
  private static boolean takesUp(Foldable before, LinearGroup group, Rescaler rescaler) {
    long channels = group.linears().get(0).weight().getShape().get(1);
    return before.channels() == channels && (isNorm(before) || rescaler.foldsIntoLinears());
  }

  private static boolean isNorm(Foldable before) {
    return before.tensors().values().stream().allMatch(t -> t.getShape().dimension() == 1);
  }

  private NDArray factors(
      Rescaler rescaler, LinearGroup group, LayerInputs inputs, Residual samples) {
    String name = group.linears().get(0).name();
    List<NDArray> weights = group.linears().stream().map(Linear::weight).toList();
    NDArray s;
    try (NDManager scope = weights.get(0).getManager().newSubManager()) {
      OutputChange change = ModuleChange.change(block, group, samples, inputs, scope);
      s = rescaler.factors(weights, inputs, change);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(name + " cannot be rescaled: " + e.getMessage(), e);
    }
    for (float factor : s.toFloatArray()) {
      if (!(factor > 0 && Float.isFinite(factor))) {
        throw new IllegalArgumentException(
            "%s: a factor of %s is %s, not finite and above 0"
                .formatted(name, rescaler.name(), factor));
      }
    }
    return s;
  }
}
