package tare.model;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/**
 * Describes how a family of decoders is built, as data: the names of its tensors and a few
 * switches.
 *
 * @param family {@code model_type} of its {@code config.json}: {@code llama}, {@code mistral},
 *     {@code qwen2}, {@code qwen3}, {@code gemma3_text} or {@code opt}
 * @param names names of the tensors without {@code .weight} or {@code .bias}; {@code %d} stands for
 *     the block
 * @param layerNorm whether norms are LayerNorms with a bias; else they are RMSNorms without one
 * @param normAfter whether a block's norms come after the sum with the residual stream (OPT-350M);
 *     else they come before attention and feed-forward layer
 * @param lastNorm whether a norm follows the last block
 * @param outputNorms whether the outputs of attention and feed-forward layer are normed before the
 *     sum (Gemma)
 * @param gated whether the feed-forward layer is silu(gate) · up; else it is relu(up)
 * @param gelu whether gates pass gelu, in its form with tanh, in place of silu
 * @param headNorms whether each head of queries and keys is normed before it is rotated
 * @param addsOne whether norms multiply by 1 + their weight
 * @param scaledEmbedding whether the embedding is multiplied by √width
 * @param biased the linear layers that have a bias
 */
public record Architecture(
    String family,
    Map<ModelPart, String> names,
    boolean layerNorm,
    boolean normAfter,
    boolean lastNorm,
    boolean outputNorms,
    boolean gated,
    boolean gelu,
    boolean headNorms,
    boolean addsOne,
    boolean scaledEmbedding,
    Set<ModelPart> biased) {

  /** The prefix of everything but the output matrix. */
  private static final String BASE = "model.";

  private static final Map<ModelPart, String> LLAMA_NAMES =
      new EnumMap<>(
          Map.ofEntries(
              Map.entry(ModelPart.EMBEDDING, "model.embed_tokens"),
              Map.entry(ModelPart.LAST_NORM, "model.norm"),
              Map.entry(ModelPart.HEAD, "lm_head"),
              Map.entry(ModelPart.ATTENTION_NORM, "model.layers.%d.input_layernorm"),
              Map.entry(ModelPart.Q, "model.layers.%d.self_attn.q_proj"),
              Map.entry(ModelPart.K, "model.layers.%d.self_attn.k_proj"),
              Map.entry(ModelPart.V, "model.layers.%d.self_attn.v_proj"),
              Map.entry(ModelPart.Q_NORM, "model.layers.%d.self_attn.q_norm"),
              Map.entry(ModelPart.K_NORM, "model.layers.%d.self_attn.k_norm"),
              Map.entry(ModelPart.O, "model.layers.%d.self_attn.o_proj"),
              Map.entry(ModelPart.MLP_NORM, "model.layers.%d.post_attention_layernorm"),
              Map.entry(ModelPart.GATE, "model.layers.%d.mlp.gate_proj"),
              Map.entry(ModelPart.UP, "model.layers.%d.mlp.up_proj"),
              Map.entry(ModelPart.DOWN, "model.layers.%d.mlp.down_proj")));

  private static final Map<ModelPart, String> GEMMA_NAMES = new EnumMap<>(LLAMA_NAMES);

  static {
    String layer = "model.layers.%d.";
    GEMMA_NAMES.put(ModelPart.ATTENTION_OUTPUT_NORM, layer + "post_attention_layernorm");
    GEMMA_NAMES.put(ModelPart.MLP_NORM, layer + "pre_feedforward_layernorm");
    GEMMA_NAMES.put(ModelPart.MLP_OUTPUT_NORM, layer + "post_feedforward_layernorm");
  }

  private static final Map<ModelPart, String> OPT_NAMES =
      new EnumMap<>(
          Map.ofEntries(
              Map.entry(ModelPart.EMBEDDING, "model.decoder.embed_tokens"),
              Map.entry(ModelPart.POSITIONS, "model.decoder.embed_positions"),
              Map.entry(ModelPart.PROJECT_IN, "model.decoder.project_in"),
              Map.entry(ModelPart.PROJECT_OUT, "model.decoder.project_out"),
              Map.entry(ModelPart.LAST_NORM, "model.decoder.final_layer_norm"),
              Map.entry(ModelPart.HEAD, "lm_head"),
              Map.entry(ModelPart.ATTENTION_NORM, "model.decoder.layers.%d.self_attn_layer_norm"),
              Map.entry(ModelPart.Q, "model.decoder.layers.%d.self_attn.q_proj"),
              Map.entry(ModelPart.K, "model.decoder.layers.%d.self_attn.k_proj"),
              Map.entry(ModelPart.V, "model.decoder.layers.%d.self_attn.v_proj"),
              Map.entry(ModelPart.O, "model.decoder.layers.%d.self_attn.out_proj"),
              Map.entry(ModelPart.MLP_NORM, "model.decoder.layers.%d.final_layer_norm"),
              Map.entry(ModelPart.UP, "model.decoder.layers.%d.fc1"),
              Map.entry(ModelPart.DOWN, "model.decoder.layers.%d.fc2")));

  /**
   * LLaMA and its relatives (Touvron et al. 2023, section 2.2): RMSNorm, rotary positions, a gated
   * feed-forward layer. Mistral is the same; Qwen2 adds biases to q, k, v, and Qwen3 norms the
   * heads of q and k.
   *
   * @param biased the linear layers that have a bias
   */
  static Architecture llama(String family, boolean headNorms, Set<ModelPart> biased) {
    return new Architecture(
        family,
        LLAMA_NAMES,
        false,
        false,
        true,
        false,
        true,
        false,
        headNorms,
        false,
        false,
        biased);
  }

  /**
   * Gemma 3 (Gemma Team 2025, section 2): LLaMA's parts with norms of heads and of outputs, gelu
   * gates, and a scaled embedding.
   *
   * @param biased the linear layers that have a bias
   */
  static Architecture gemma3(Set<ModelPart> biased) {
    return new Architecture(
        "gemma3_text", GEMMA_NAMES, false, false, true, true, true, true, true, true, true, biased);
  }

  /**
   * OPT (Zhang et al. 2022, section 2.1): LayerNorm, learned positions, relu.
   *
   * @param normBefore whether norms come first, as in all sizes but 350M
   * @param lastNorm whether a norm follows the last block
   * @param biased whether the linear layers of a block have biases
   */
  static Architecture opt(boolean normBefore, boolean lastNorm, boolean biased) {
    Set<ModelPart> linears =
        EnumSet.of(
            ModelPart.Q, ModelPart.K, ModelPart.V, ModelPart.O, ModelPart.UP, ModelPart.DOWN);
    return new Architecture(
        "opt",
        OPT_NAMES,
        true,
        !normBefore,
        lastNorm,
        false,
        false,
        false,
        false,
        false,
        false,
        biased ? linears : EnumSet.noneOf(ModelPart.class));
  }

  /**
   * Whether the norms before linear layers can take up the scale of these layers' inputs. They
   * cannot where the sum comes in between, or where a norm multiplies by 1 + its weight.
   */
  public boolean normsTakeScales() {
    return !normAfter && !addsOne;
  }

  /**
   * The name of a stored tensor in this description. A file that was saved from the base model
   * lacks the prefix {@code model.}, which {@code transformers} adds too.
   */
  public String fullName(String stored) {
    String first = stored.substring(0, stored.indexOf('.') + 1);
    boolean ofBase =
        !first.isEmpty()
            && names.values().stream().anyMatch(n -> (n + ".").startsWith(BASE + first));
    return ofBase ? BASE + stored : stored;
  }

  /** Name of the weight of a part outside the blocks. */
  public String weight(ModelPart part) {
    return names.get(part) + ".weight";
  }

  /** Name of the bias of a part outside the blocks. */
  public String bias(ModelPart part) {
    return names.get(part) + ".bias";
  }

  /** Name of the weight of a part of a block. */
  public String weight(ModelPart part, int block) {
    return name(part, block) + ".weight";
  }

  /** Name of the bias of a part of a block. */
  public String bias(ModelPart part, int block) {
    return name(part, block) + ".bias";
  }

  private String name(ModelPart part, int block) {
    return names.get(part).replace("%d", Integer.toString(block));
  }
}
