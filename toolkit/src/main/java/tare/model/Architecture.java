package tare.model;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/**
 * How a family of decoders is built, as data: what its tensors are called and a few switches.
 *
 * @param family {@code model_type} of its {@code config.json}: {@code llama}, {@code mistral},
 *     {@code qwen2}, {@code qwen3} or {@code opt}
 * @param names names of the tensors without {@code .weight} or {@code .bias}; {@code %d} stands for
 *     the block
 * @param layerNorm whether norms are LayerNorms with a bias; RMSNorms without one if not
 * @param normAfter whether a block's norms come after the sum with the residual stream (OPT-350M);
 *     before attention and feed-forward layer if not
 * @param lastNorm whether a norm follows the last block
 * @param gated whether the feed-forward layer is silu(gate) · up; relu(up) if not
 * @param headNorms whether each head of queries and keys is normed before it is rotated
 * @param biased the linears that have a bias
 */
public record Architecture(
    String family,
    Map<Part, String> names,
    boolean layerNorm,
    boolean normAfter,
    boolean lastNorm,
    boolean gated,
    boolean headNorms,
    Set<Part> biased) {

  private static final Map<Part, String> LLAMA_NAMES =
      new EnumMap<>(
          Map.ofEntries(
              Map.entry(Part.EMBEDDING, "model.embed_tokens"),
              Map.entry(Part.LAST_NORM, "model.norm"),
              Map.entry(Part.HEAD, "lm_head"),
              Map.entry(Part.ATTENTION_NORM, "model.layers.%d.input_layernorm"),
              Map.entry(Part.Q, "model.layers.%d.self_attn.q_proj"),
              Map.entry(Part.K, "model.layers.%d.self_attn.k_proj"),
              Map.entry(Part.V, "model.layers.%d.self_attn.v_proj"),
              Map.entry(Part.Q_NORM, "model.layers.%d.self_attn.q_norm"),
              Map.entry(Part.K_NORM, "model.layers.%d.self_attn.k_norm"),
              Map.entry(Part.O, "model.layers.%d.self_attn.o_proj"),
              Map.entry(Part.MLP_NORM, "model.layers.%d.post_attention_layernorm"),
              Map.entry(Part.GATE, "model.layers.%d.mlp.gate_proj"),
              Map.entry(Part.UP, "model.layers.%d.mlp.up_proj"),
              Map.entry(Part.DOWN, "model.layers.%d.mlp.down_proj")));

  private static final Map<Part, String> OPT_NAMES =
      new EnumMap<>(
          Map.ofEntries(
              Map.entry(Part.EMBEDDING, "model.decoder.embed_tokens"),
              Map.entry(Part.POSITIONS, "model.decoder.embed_positions"),
              Map.entry(Part.PROJECT_IN, "model.decoder.project_in"),
              Map.entry(Part.PROJECT_OUT, "model.decoder.project_out"),
              Map.entry(Part.LAST_NORM, "model.decoder.final_layer_norm"),
              Map.entry(Part.HEAD, "lm_head"),
              Map.entry(Part.ATTENTION_NORM, "model.decoder.layers.%d.self_attn_layer_norm"),
              Map.entry(Part.Q, "model.decoder.layers.%d.self_attn.q_proj"),
              Map.entry(Part.K, "model.decoder.layers.%d.self_attn.k_proj"),
              Map.entry(Part.V, "model.decoder.layers.%d.self_attn.v_proj"),
              Map.entry(Part.O, "model.decoder.layers.%d.self_attn.out_proj"),
              Map.entry(Part.MLP_NORM, "model.decoder.layers.%d.final_layer_norm"),
              Map.entry(Part.UP, "model.decoder.layers.%d.fc1"),
              Map.entry(Part.DOWN, "model.decoder.layers.%d.fc2")));

  /**
   * LLaMA and its relatives (Touvron et al. 2023, section 2.2): RMSNorm, rotary positions, a gated
   * feed-forward layer. Mistral is the same; Qwen2 adds biases to q, k, v, and Qwen3 norms the
   * heads of q and k.
   *
   * @param biased the linears that have a bias
   */
  static Architecture llama(String family, boolean headNorms, Set<Part> biased) {
    return new Architecture(family, LLAMA_NAMES, false, false, true, true, headNorms, biased);
  }

  /**
   * OPT (Zhang et al. 2022, section 2.1): LayerNorm, learned positions, relu.
   *
   * @param normBefore whether norms come first, as in all sizes but 350M
   * @param lastNorm whether a norm follows the last block
   * @param biased whether the linears of a block have biases
   */
  static Architecture opt(boolean normBefore, boolean lastNorm, boolean biased) {
    Set<Part> linears = EnumSet.of(Part.Q, Part.K, Part.V, Part.O, Part.UP, Part.DOWN);
    return new Architecture(
        "opt",
        OPT_NAMES,
        true,
        !normBefore,
        lastNorm,
        false,
        false,
        biased ? linears : EnumSet.noneOf(Part.class));
  }

  /** Name of the weight of a part outside the blocks. */
  public String weight(Part part) {
    return names.get(part) + ".weight";
  }

  /** Name of the bias of a part outside the blocks. */
  public String bias(Part part) {
    return names.get(part) + ".bias";
  }

  /** Name of the weight of a part of a block. */
  public String weight(Part part, int block) {
    return name(part, block) + ".weight";
  }

  /** Name of the bias of a part of a block. */
  public String bias(Part part, int block) {
    return name(part, block) + ".bias";
  }

  private String name(Part part, int block) {
    return names.get(part).replace("%d", Integer.toString(block));
  }
}
