package tare.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import tare.format.TensorSource;
import tare.model.KeyValueCache.BlockPast;
import tare.tensor.TorchCall;

/**
 * One block of a LLaMA-architecture decoder (Touvron et al. 2023, section 2.2): attention and a
 * gated layer, each behind an RMSNorm and added to the residual stream.
 */
public final class DecoderBlock {

  private final ModelConfig config;
  private final DecoderCalls calls;
  private final NDArray attentionNorm; // [width]
  private final NDArray gatedNorm; // [width]
  private final LinearGroup qkv;
  private final LinearGroup o;
  private final LinearGroup gateUp;
  private final LinearGroup down;

  /**
   * Reads a block's weights.
   *
   * @param index number of the block, from 0
   * @param manager owns the weights
   */
  DecoderBlock(
      int index,
      ModelConfig config,
      TensorSource tensors,
      Precision precision,
      DecoderCalls calls,
      NDManager manager) {
    this.config = config;
    this.calls = calls;
    String prefix = prefix(index);
    attentionNorm = tensors.read(prefix + "input_layernorm.weight", manager);
    gatedNorm = tensors.read(prefix + "post_attention_layernorm.weight", manager);
    Function<String, Linear> linear =
        name -> linear(prefix + name + ".weight", tensors, precision, calls.product(), manager);
    Function<String, Linear> inner =
        name ->
            linear(prefix + name + ".weight", tensors, precision, calls.innerProduct(), manager);
    qkv =
        new LinearGroup(
            "qkv",
            List.of(
                linear.apply("self_attn.q_proj"),
                linear.apply("self_attn.k_proj"),
                inner.apply("self_attn.v_proj")));
    o = new LinearGroup("o", List.of(linear.apply("self_attn.o_proj")));
    gateUp =
        new LinearGroup(
            "gate_up", List.of(inner.apply("mlp.gate_proj"), inner.apply("mlp.up_proj")));
    down = new LinearGroup("down", List.of(linear.apply("mlp.down_proj")));
  }

  private DecoderBlock(DecoderBlock other, Map<String, NDArray> weights) {
    config = other.config;
    calls = other.calls;
    attentionNorm = other.attentionNorm;
    gatedNorm = other.gatedNorm;
    qkv = other.qkv.with(weights);
    o = other.o.with(weights);
    gateUp = other.gateUp.with(weights);
    down = other.down.with(weights);
  }

  /**
   * The same block with other weights in its linears.
   *
   * @param weights by name, {@code [out, in]}, in the block's precision; linears that are not named
   *     keep theirs
   */
  public DecoderBlock with(Map<String, NDArray> weights) {
    return new DecoderBlock(this, weights);
  }

  static String prefix(int block) {
    return "model.layers." + block + ".";
  }

  static Linear linear(
      String name,
      TensorSource tensors,
      Precision precision,
      TorchCall product,
      NDManager manager) {
    try (NDManager scope = manager.newSubManager()) {
      NDArray weight = precision.narrow(tensors.read(name, scope));
      weight.attach(manager);
      return new Linear(name, weight, product);
    }
  }

  /** The groups of linears, in the order in which they run. */
  public List<LinearGroup> groups() {
    return List.of(qkv, o, gateUp, down);
  }

  /**
   * Runs the block.
   *
   * @param hidden residual stream, {@code [batch, tokens, width]}; the result and all in between
   *     belong to its manager
   * @param positions where the tokens stand
   * @return the residual stream after the block, of the same shape
   */
  public NDArray forward(NDArray hidden, Positions positions) {
    return forward(hidden, positions, Optional.empty());
  }

  /**
   * Runs the block after tokens that it has read before.
   *
   * @param hidden residual stream of the further tokens, {@code [batch, tokens, width]}
   * @param positions where they stand; its mask covers the tokens before them too
   * @param past what was kept of the tokens before them; these are added to it
   */
  NDArray forward(NDArray hidden, Positions positions, Optional<BlockPast> past) {
    NDArray attended = attend(hidden, positions, past, Tap.NONE);
    return attended.add(down.linears().get(0).of(gate(attended, Tap.NONE)));
  }

  /**
   * Shows the inputs of each group to a tap, and runs no more of the block than that takes.
   *
   * @param hidden residual stream, {@code [batch, tokens, width]}; all in between belongs to its
   *     manager
   */
  public void observe(NDArray hidden, Positions positions, Tap tap) {
    tap.saw(down, gate(attend(hidden, positions, Optional.empty(), tap), tap));
  }

  private NDArray attend(NDArray hidden, Positions positions, Optional<BlockPast> past, Tap tap) {
    NDArray x = calls.rmsNorm(hidden, attentionNorm, config.normEpsilon());
    tap.saw(qkv, x);
    NDArray q = positions.rotate(heads(qkv.linears().get(0).of(x))).swapAxes(1, 2);
    NDArray k = positions.rotate(heads(qkv.linears().get(1).of(x))).swapAxes(1, 2);
    NDArray v = heads(qkv.linears().get(2).of(x)).swapAxes(1, 2);
    if (past.isPresent()) {
      k = past.get().withKeys(k);
      v = past.get().withValues(v);
    }
    NDArray mixed =
        positions.mask().isPresent()
            ? calls.maskedAttention().of(q, k, v, positions.mask().get())
            : calls.attention().of(q, k, v);
    NDArray joined = mixed.swapAxes(1, 2).reshape(x.getShape().get(0), x.getShape().get(1), -1);
    tap.saw(o, joined);
    return hidden.add(o.linears().get(0).of(joined));
  }

  private NDArray gate(NDArray attended, Tap tap) {
    NDArray x = calls.rmsNorm(attended, gatedNorm, config.normEpsilon());
    tap.saw(gateUp, x);
    return calls.gated().of(gateUp.linears().get(0).of(x), gateUp.linears().get(1).of(x));
  }

  /** {@code [batch, tokens, heads · headWidth]} to {@code [batch, tokens, heads, headWidth]}. */
  private NDArray heads(NDArray x) {
    return x.reshape(x.getShape().get(0), x.getShape().get(1), -1, config.headWidth());
  }
}
