package tare.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;
import tare.format.TensorSource;
import tare.grid.TokenGrid;
import tare.tensor.HalfFloat;
import tare.tensor.TorchCall;

/**
 * One block of a decoder: attention and a feed-forward layer. Each has a norm and is added to the
 * residual stream, in the order that the model's {@link Architecture} gives.
 */
public final class DecoderBlock {

  /**
   * Linear layers whose results stay in the model's precision; the results of all others are
   * float32.
   */
  private static final Set<ModelPart> INNER = Set.of(ModelPart.V, ModelPart.GATE, ModelPart.UP);

  private final int index;
  private final ModelConfig config;
  private final Optional<TokenGrid> inputs;
  private final DecoderCalls calls;
  private final Map<String, NDArray>
      tensors; // by name; weights of linear layers in the precision, others float32
  private final Norm attentionNorm;
  private final Norm mlpNorm;
  private final Optional<Norm> attentionOutputNorm;
  private final Optional<Norm> mlpOutputNorm;
  private final Optional<Norm> qNorm;
  private final Optional<Norm> kNorm;
  private final LinearGroup qkv;
  private final LinearGroup o;
  private final LinearGroup up;
  private final LinearGroup down;

  private DecoderBlock(
      int index,
      ModelConfig config,
      Optional<TokenGrid> inputs,
      DecoderCalls calls,
      Map<String, NDArray> tensors) {
    this.index = index;
    this.config = config;
    this.inputs = inputs;
    this.calls = calls;
    this.tensors = tensors;
    Architecture architecture = config.architecture();
    attentionNorm = norm(ModelPart.ATTENTION_NORM);
    mlpNorm = norm(ModelPart.MLP_NORM);
    attentionOutputNorm = norm(architecture.outputNorms(), ModelPart.ATTENTION_OUTPUT_NORM);
    mlpOutputNorm = norm(architecture.outputNorms(), ModelPart.MLP_OUTPUT_NORM);
    qNorm = norm(architecture.headNorms(), ModelPart.Q_NORM);
    kNorm = norm(architecture.headNorms(), ModelPart.K_NORM);
    qkv = group("qkv", before(ModelPart.ATTENTION_NORM), ModelPart.Q, ModelPart.K, ModelPart.V);
    o = group("o", foldable(ModelPart.V), ModelPart.O);
    up =
        architecture.gated()
            ? group("gate_up", before(ModelPart.MLP_NORM), ModelPart.GATE, ModelPart.UP)
            : group("up", before(ModelPart.MLP_NORM), ModelPart.UP);
    down = group("down", foldable(ModelPart.UP), ModelPart.DOWN);
  }

  /**
   * Reads a block's weights.
   *
   * @param index number of the block, from 0
   * @param manager owns the weights
   */
  static DecoderBlock read(
      int index,
      Checkpoint checkpoint,
      Precision precision,
      DecoderCalls calls,
      NDManager manager) {
    ModelConfig config = checkpoint.config();
    TensorSource source = checkpoint.tensors();
    Map<String, NDArray> tensors = new LinkedHashMap<>();
    config
        .blockShapes(index)
        .forEach(
            (name, shape) ->
                tensors.put(
                    name,
                    shape.dimension() == 2
                        ? narrow(name, source, precision, manager)
                        : source.read(name, manager)));
    return new DecoderBlock(index, config, checkpoint.inputs(), calls, tensors);
  }

  /**
   * Reads a tensor in a precision. Its float32 values are freed at once.
   *
   * @throws IllegalArgumentException if a value is beyond the precision's range; the message names
   *     the tensor
   */
  static NDArray narrow(String name, TensorSource source, Precision precision, NDManager manager) {
    try (NDManager scope = manager.newSubManager()) {
      NDArray narrowed = narrow(name, source.read(name, scope), precision);
      narrowed.attach(manager);
      return narrowed;
    }
  }

  /**
   * Converts a tensor to a precision.
   *
   * @throws IllegalArgumentException if a value is beyond the precision's range; the message names
   *     the tensor
   */
  static NDArray narrow(String name, NDArray values, Precision precision) {
    if (precision == Precision.F16) {
      float most = Math.max(values.max().getFloat(), -values.min().getFloat());
      if (!Float.isFinite(HalfFloat.round(most))) {
        throw new IllegalArgumentException(
            name
                + " has values up to "
                + most
                + ", which float16 cannot hold: use --precision bf16 or f32");
      }
    }
    return precision.narrow(values);
  }

  /**
   * Returns the block with other values in some of its tensors: weights and biases of linear layers
   * and norms.
   *
   * @param replaced new tensors by name, of the same shapes: linear layers {@code [out, in]} in the
   *     block's precision, all others float32; other tensors stay
   * @throws IllegalArgumentException for a name that the block does not have
   */
  public DecoderBlock with(Map<String, NDArray> replaced) {
    Map<String, NDArray> other = new LinkedHashMap<>(tensors);
    replaced.forEach(
        (name, values) -> {
          if (other.replace(name, values) == null) {
            throw new IllegalArgumentException(
                "Block " + index + " has no tensor " + name + "; it has " + tensors.keySet());
          }
        });
    return new DecoderBlock(index, config, inputs, calls, other);
  }

  /**
   * The block as it runs in another precision. Its weights stay as they are.
   *
   * @param precision the precision of the copied weights of linear layers
   * @param others the library calls of that precision
   */
  DecoderBlock in(Precision precision, DecoderCalls others) {
    Map<String, NDArray> narrowed = new LinkedHashMap<>(tensors);
    narrowed.replaceAll(
        (name, values) ->
            values.getShape().dimension() == 2 ? narrow(name, values, precision) : values);
    return new DecoderBlock(index, config, inputs, others, narrowed);
  }

  private Optional<Norm> norm(boolean isThere, ModelPart part) {
    return isThere ? Optional.of(norm(part)) : Optional.empty();
  }

  private Norm norm(ModelPart part) {
    String name = config.architecture().weight(part, index);
    return Norm.of(name, tensors.get(name), bias(part), config, calls);
  }

  private Optional<NDArray> bias(ModelPart part) {
    return Optional.ofNullable(tensors.get(config.architecture().bias(part, index)));
  }

  private LinearGroup group(String name, Optional<Foldable> before, ModelPart... parts) {
    List<Linear> linears = Arrays.stream(parts).map(this::linear).toList();
    return new LinearGroup(name, linears, before);
  }

  private Linear linear(ModelPart part) {
    String name = config.architecture().weight(part, index);
    TorchCall product = INNER.contains(part) ? calls.innerProduct() : calls.product();
    return new Linear(name, tensors.get(name), bias(part), product);
  }

  private Optional<Foldable> before(ModelPart norm) {
    return config.architecture().normsTakeScales() ? foldable(norm) : Optional.empty();
  }

  private Optional<Foldable> foldable(ModelPart part) {
    Map<String, NDArray> foldable = new LinkedHashMap<>();
    String weight = config.architecture().weight(part, index);
    foldable.put(weight, tensors.get(weight));
    bias(part).ifPresent(bias -> foldable.put(config.architecture().bias(part, index), bias));
    return Optional.of(new Foldable(foldable));
  }

  /** The groups of linear layers, in the order in which they run. */
  public List<LinearGroup> groups() {
    return List.of(qkv, o, up, down);
  }

  /**
   * The group with this name.
   *
   * @throws NoSuchElementException if the block has no such group
   */
  public LinearGroup group(String name) {
    return groups().stream().filter(each -> each.name().equals(name)).findFirst().orElseThrow();
  }

  /**
   * Runs the block.
   *
   * @param hidden residual stream, {@code [batch, tokens, width]}; the result and the temporaries
   *     belong to its manager
   * @param positions positions of the tokens
   * @return the residual stream after the block, of the same shape
   */
  public NDArray forward(NDArray hidden, Positions positions) {
    return forward(hidden, positions, Optional.empty(), Tap.NONE);
  }

  /**
   * Runs the block and shows the inputs of each group to a tap.
   *
   * @param hidden residual stream, {@code [batch, tokens, width]}; the result and the temporaries
   *     belong to its manager
   * @return the residual stream after the block, of the same shape
   */
  public NDArray forward(NDArray hidden, Positions positions, Tap tap) {
    return forward(hidden, positions, Optional.empty(), tap);
  }

  /**
   * Runs the block on further tokens of a text.
   *
   * @param hidden residual stream of the further tokens, {@code [batch, tokens, width]}
   * @param positions positions of the further tokens; the mask also covers the tokens before them
   * @param past keys and values of the tokens before them, to which the further tokens are added
   */
  NDArray forward(NDArray hidden, Positions positions, Optional<Past> past, Tap tap) {
    NDArray attended = attend(hidden, positions, past, tap);
    NDArray output = normed(mlpOutputNorm, feedForward(attended, tap));
    return after(mlpNorm, attended.add(output));
  }

  /**
   * The output of attention, before any norm after it.
   *
   * @param hidden residual stream before the block, {@code [batch, tokens, width]}; the result and
   *     the temporaries belong to its manager
   */
  public NDArray attention(NDArray hidden, Positions positions) {
    return attention(hidden, positions, Optional.empty(), Tap.NONE);
  }

  /**
   * The output of the feed-forward layer, before any norm after it.
   *
   * @param attended residual stream after attention, {@code [batch, tokens, width]}; the result and
   *     the temporaries belong to its manager
   */
  public NDArray feedForward(NDArray attended) {
    return feedForward(attended, Tap.NONE);
  }

  private NDArray feedForward(NDArray attended, Tap tap) {
    NDArray inner = rounded(innerStates(attended, tap));
    tap.saw(down, inner);
    return down.linears().get(0).forward(inner);
  }

  /**
   * Shows the inputs of each group to a tap, and stops before the last linear layer.
   *
   * @param hidden residual stream, {@code [batch, tokens, width]}; the temporaries belong to its
   *     manager
   */
  public void observe(NDArray hidden, Positions positions, Tap tap) {
    tap.saw(down, innerStates(attend(hidden, positions, Optional.empty(), tap), tap));
  }

  /** The residual stream after attention. */
  private NDArray attend(NDArray hidden, Positions positions, Optional<Past> past, Tap tap) {
    NDArray output = normed(attentionOutputNorm, attention(hidden, positions, past, tap));
    return after(attentionNorm, hidden.add(output));
  }

  private NDArray attention(NDArray hidden, Positions all, Optional<Past> past, Tap tap) {
    Positions positions = all.in(index, config);
    NDArray x = rounded(before(attentionNorm, hidden));
    tap.saw(qkv, x);
    NDArray q =
        positions.rotate(normed(qNorm, heads(qkv.linears().get(0).forward(x)))).swapAxes(1, 2);
    NDArray k =
        positions.rotate(normed(kNorm, heads(qkv.linears().get(1).forward(x)))).swapAxes(1, 2);
    NDArray v = heads(qkv.linears().get(2).forward(x)).swapAxes(1, 2);
    if (past.isPresent()) {
      k = past.get().withKeys(k);
      v = past.get().withValues(v);
    }
    Optional<Beginning> beginning = past.flatMap(Past::beginning);
    NDArray joined =
        rounded(
            attended(q, k, v, positions.mask(), beginning)
                .swapAxes(1, 2)
                .reshape(x.getShape().get(0), x.getShape().get(1), -1));
    tap.saw(o, joined);
    return o.linears().get(0).forward(joined);
  }

  private NDArray attended(
      NDArray q, NDArray k, NDArray v, Optional<NDArray> mask, Optional<Beginning> beginning) {
    if (beginning.isPresent()) {
      Beginning first = beginning.get();
      return calls.attentionAfter().call(q, k, v, mask.orElseThrow(), first.keys(), first.values());
    }
    return mask.isPresent()
        ? calls.attention().call(q, k, v, mask.get())
        : calls.attention().call(q, k, v);
  }

  /** The inputs of the group {@code down}. */
  private NDArray innerStates(NDArray attended, Tap tap) {
    NDArray x = rounded(before(mlpNorm, attended));
    tap.saw(up, x);
    NDArray first = up.linears().get(0).forward(x);
    if (!config.architecture().gated()) {
      return calls.relu().call(first);
    }
    TorchCall gated = config.architecture().gelu() ? calls.geluGated() : calls.gated();
    return gated.call(first, up.linears().get(1).forward(x));
  }

  private NDArray before(Norm norm, NDArray x) {
    return calls.narrowed(config.architecture().normAfter() ? x : norm.forward(x));
  }

  private NDArray after(Norm norm, NDArray x) {
    return config.architecture().normAfter() ? norm.forward(x) : x;
  }

  private NDArray rounded(NDArray x) {
    return inputs.isPresent() ? inputs.get().round(x) : x;
  }

  private static NDArray normed(Optional<Norm> norm, NDArray x) {
    return norm.isPresent() ? norm.get().forward(x) : x;
  }

  /**
   * Reshapes {@code [batch, tokens, heads · headWidth]} to {@code [batch, tokens, heads,
   * headWidth]}.
   */
  private NDArray heads(NDArray x) {
    return x.reshape(x.getShape().get(0), x.getShape().get(1), -1, config.headWidth());
  }

  /**
   * What a block keeps of the tokens before the current ones. All keys and values are {@code [rows,
   * keyValueHeads, tokens, headWidth]}.
   */
  interface Past {

    /** What all rows begin with, if that is kept once for all of them. */
    default Optional<Beginning> beginning() {
      return Optional.empty();
    }

    /**
     * The keys of all tokens after the beginning, given those of the current tokens, which it may
     * keep.
     */
    NDArray withKeys(NDArray k);

    /**
     * The values of all tokens after the beginning, given those of the current tokens, which it may
     * keep.
     */
    NDArray withValues(NDArray v);
  }

  /**
   * The rotated keys and the values of a text with which all rows begin, in one block.
   *
   * @param keys {@code [keyValueHeads, tokens, headWidth]}
   * @param values of the same shape
   */
  record Beginning(NDArray keys, NDArray values) {}

  /** Receives the inputs of each group of linear layers while a block runs. */
  @FunctionalInterface
  public interface Tap {

    /** Ignores all inputs. */
    Tap NONE = (group, inputs) -> {};

    /**
     * Called once per group and batch, before the group's linear layers run.
     *
     * @param group the linear layers
     * @param inputs their common input, {@code [batch, tokens, in]}; belongs to the caller
     */
    void saw(LinearGroup group, NDArray inputs);
  }
}
