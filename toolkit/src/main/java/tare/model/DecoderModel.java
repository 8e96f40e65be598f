package tare.model;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import tare.model.DecoderBlock.Past;
import tare.model.DecoderBlock.Tap;
import tare.tensor.FreedMemory;

/**
 * A decoder on a device, ready for evaluation and generation. {@linkplain #load Loaded} as a whole
 * it is fastest. {@linkplain #open Opened}, it reads each block when a pass reaches it and frees it
 * afterwards. A pass then needs the memory of one block, and of the output matrix if logits are
 * computed.
 *
 * <pre>{@code
 * Checkpoint checkpoint = Checkpoint.open(Path.of("data/tiny"));
 * try (DecoderModel model = DecoderModel.load(checkpoint, Device.cpu(), Precision.F32)) {
 *   int[] tokens = checkpoint.tokenizer().encode("The council met on Monday.");
 *   Positions positions = Positions.causal(tokens.length, checkpoint.config(), model.manager());
 *   NDArray hidden = model.hidden(new int[][] {tokens}, positions, model.manager());
 *   System.out.println(model.logits(hidden.get(0)).getShape()); // tokens, vocabulary
 * }
 * }</pre>
 */
public final class DecoderModel implements AutoCloseable {

  private final Checkpoint checkpoint;
  private final Precision precision;
  private final NDManager manager;
  private final DecoderEnds ends;
  private final List<DecoderBlock> held = new ArrayList<>(); // none, or all blocks

  private DecoderModel(
      Checkpoint checkpoint, Precision precision, NDManager manager, DecoderEnds ends) {
    this.checkpoint = checkpoint;
    this.precision = precision;
    this.manager = manager;
    this.ends = ends;
  }

  /**
   * Reads all weights onto the device, in a precision ({@link Precision#AUTO} is resolved first).
   *
   * @throws IllegalArgumentException if a weight is NaN, infinite, or beyond the precision's range
   *     (the message names the tensor), or if the model rounds the inputs of its linear layers and
   *     the precision is not float32, because the shorter formats cannot represent codes times a
   *     scale
   */
  public static DecoderModel load(Checkpoint checkpoint, Device device, Precision precision) {
    DecoderModel model = open(checkpoint, device, precision);
    try {
      return model.hold();
    } catch (RuntimeException e) { // a damaged weight
      model.close();
      throw e;
    }
  }

  /**
   * Opens a model that reads its blocks in each pass, from files that must stay in place. A pass
   * takes longer by the reading, and by the decoding or rotation of the weights, so run many tokens
   * at once. What needs many short passes ({@link #prefix}, {@link #cache}) or {@link #blocks}
   * loads the whole model first.
   *
   * @throws IllegalArgumentException as {@link #load}; what is wrong with a weight is found when it
   *     is read
   */
  public static DecoderModel open(Checkpoint checkpoint, Device device, Precision precision) {
    Precision chosen = precision.resolvedOn(device);
    if (checkpoint.inputs().isPresent() && chosen != Precision.F32) {
      throw new IllegalArgumentException(
          "A model that rounds the inputs of its linear layers (%s) is evaluated in f32, not in %s."
              .formatted(checkpoint.inputs().get(), chosen.label()));
    }
    NDManager manager = NDManager.newBaseManager(device);
    try {
      DecoderEnds ends = DecoderEnds.open(checkpoint, chosen, manager);
      return new DecoderModel(checkpoint, chosen, manager, ends);
    } catch (RuntimeException e) { // a damaged weight
      manager.close();
      throw e;
    }
  }

  /**
   * Reads the whole model into memory, unless it is there.
   *
   * @return this model
   */
  public DecoderModel hold() {
    if (held.isEmpty()) {
      ends.hold();
      held.addAll(
          IntStream.range(0, checkpoint.config().blocks())
              .mapToObj(index -> ends.block(index, manager))
              .toList());
    }
    return this;
  }

  /** The checkpoint that the model was loaded from. */
  public Checkpoint checkpoint() {
    return checkpoint;
  }

  /** The precision of the weights and products, never AUTO. */
  public Precision precision() {
    return precision;
  }

  /** The owner of the weights that are in memory. Make a sub-manager of it for each batch. */
  public NDManager manager() {
    return manager;
  }

  /** The blocks, first to last. From now on the whole model is in memory. */
  public List<DecoderBlock> blocks() {
    return List.copyOf(hold().held);
  }

  /**
   * One block. It is read anew in each call, unless the whole model is in memory.
   *
   * @param index number of the block, from 0
   * @param scope owns the weights if they are read
   */
  public DecoderBlock block(int index, NDManager scope) {
    return held.isEmpty() ? ends.block(index, scope) : held.get(index);
  }

  /**
   * The residual stream before the first block.
   *
   * @param tokens token ids, {@code [batch][tokens]}, all rows of equal length
   * @param positions positions of the tokens
   * @param scope owns the result
   * @return {@code [batch, tokens, width]}
   */
  public NDArray embed(int[][] tokens, Positions positions, NDManager scope) {
    return ends.embed(tokens, positions, scope);
  }

  /**
   * Runs a batch through all blocks and the last norm.
   *
   * @param tokens token ids, {@code [batch][tokens]}, padded on the right to equal length
   * @param positions positions of the tokens
   * @param scope owns the result; temporaries are freed block by block
   * @return the normed residual stream in the model's precision, {@code [batch, tokens, width]}
   */
  public NDArray hidden(int[][] tokens, Positions positions, NDManager scope) {
    return through(tokens, positions, block -> Optional.empty(), scope);
  }

  /**
   * Runs further tokens of a batch, after the tokens in a cache.
   *
   * @param tokens token ids, {@code [rows][tokens]}
   * @param positions positions of the tokens; the mask, {@code [rows, 1, tokens, tokens so far]},
   *     is required unless the cache is empty and has no prefix
   * @param cache made by {@link #cache}; the tokens are added to it
   * @param scope owns the result
   * @return the normed residual stream of these tokens
   */
  public NDArray hidden(int[][] tokens, Positions positions, KeyValueCache cache, NDManager scope) {
    try (NDManager places = scope.newSubManager()) {
      int added = tokens[0].length;
      NDArray hidden =
          through(tokens, positions, b -> Optional.of(cache.block(b, added, places)), scope);
      cache.advance(added);
      return hidden;
    }
  }

  /**
   * Runs sequences that begin with a prefix.
   *
   * @param tokens the token ids after the prefix, {@code [rows][tokens]}
   * @param positions positions of these tokens; the mask, {@code [rows, 1, tokens, prefix +
   *     tokens]}, is required
   * @param scope owns the result
   * @return the normed residual stream of these tokens
   */
  public NDArray hidden(int[][] tokens, Positions positions, Prefix prefix, NDManager scope) {
    return through(tokens, positions, b -> Optional.of(prefix.block(b)), scope);
  }

  private NDArray through(
      int[][] tokens, Positions positions, IntFunction<Optional<Past>> past, NDManager scope) {
    NDArray hidden = ends.embed(tokens, positions, scope);
    for (int index = 0; index < checkpoint.config().blocks(); index++) {
      try (NDManager inner = scope.newSubManager()) {
        hidden.attach(inner);
        DecoderBlock block = block(index, inner);
        hidden = block.forward(hidden, positions, past.apply(index), Tap.NONE);
        hidden.attach(scope);
      }
    }
    return ends.norm(hidden);
  }

  /**
   * Runs a text with which many sequences begin. The caller closes the result. From now on the
   * whole model is in memory.
   *
   * @param tokens its token ids
   */
  public Prefix prefix(int[] tokens) {
    hold();
    Prefix prefix = new Prefix(tokens.length, precision, manager);
    try (NDManager scope = manager.newSubManager()) {
      Positions positions = Positions.causal(tokens.length, checkpoint.config(), scope);
      through(new int[][] {tokens}, positions, b -> Optional.of(prefix.kept()), scope);
      return prefix;
    } catch (RuntimeException e) {
      prefix.close();
      throw e;
    }
  }

  /**
   * A cache for this model, which the caller closes. From now on the whole model is in memory.
   *
   * @param rows number of sequences that are read side by side
   * @param places largest number of tokens per sequence, padding and prefix included
   * @param prefix what all sequences begin with; the caller closes it after the cache
   */
  public KeyValueCache cache(int rows, int places, Optional<Prefix> prefix) {
    hold();
    return new KeyValueCache(checkpoint.config(), precision, rows, places, prefix, manager);
  }

  /** Memory of one row of a {@link #cache}, in bytes. */
  public long cacheBytes(int places) {
    ModelConfig config = checkpoint.config();
    long perToken = 2L * config.blocks() * config.keyValueHeads() * config.headWidth();
    return precision.bytes() * perToken * places;
  }

  /** Memory of all weights, in bytes. */
  public long weightBytes() {
    return precision.bytes() * checkpoint.config().parameters();
  }

  /** The last norm of a residual stream that left the last block. */
  public NDArray norm(NDArray hidden) {
    return ends.norm(hidden);
  }

  /** Logits of the next token, {@code [n, width]} to {@code [n, vocabulary]}, float32. */
  public NDArray logits(NDArray hidden) {
    return ends.logits(hidden);
  }

  /**
   * Negative log-probability of each target: logits {@code [n, vocabulary]}, targets {@code [n]}
   * (int64) to {@code [n]}.
   */
  public NDArray surprisal(NDArray logits, NDArray targets) {
    return ends.surprisal(logits, targets);
  }

  @Override
  public void close() {
    manager.close();
    FreedMemory.giveBack();
  }
}
