package tare.model;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tare.model.KeyValueCache.BlockPast;

/** A decoder whose weights are on a device, for evaluation. */
public final class DecoderModel implements AutoCloseable {

  private final Checkpoint checkpoint;
  private final Precision precision;
  private final NDManager manager;
  private final DecoderEnds ends;
  private final List<DecoderBlock> blocks = new ArrayList<>();

  private DecoderModel(Checkpoint checkpoint, Device device, Precision precision) {
    this.checkpoint = checkpoint;
    this.precision = precision;
    manager = NDManager.newBaseManager(device);
    ends = DecoderEnds.load(checkpoint, precision, manager);
    for (int block = 0; block < checkpoint.config().blocks(); block++) {
      blocks.add(ends.block(block, manager));
    }
  }

  /**
   * Reads all weights onto the device, in a precision ({@link Precision#AUTO} is measured first).
   *
   * @throws IllegalArgumentException if the model rounds its linears' inputs and the precision is
   *     not float32: codes times a scale are no numbers of the shorter formats
   */
  public static DecoderModel load(Checkpoint checkpoint, Device device, Precision precision) {
    Precision chosen = precision.on(device);
    if (checkpoint.inputs().isPresent() && chosen != Precision.F32) {
      throw new IllegalArgumentException(
          "A model that rounds its linears' inputs (%s) is evaluated in f32, not in %s."
              .formatted(checkpoint.inputs().get(), chosen.label()));
    }
    return new DecoderModel(checkpoint, device, chosen);
  }

  /** What it was loaded from. */
  public Checkpoint checkpoint() {
    return checkpoint;
  }

  /** The precision of its weights and products, never AUTO. */
  public Precision precision() {
    return precision;
  }

  /** Owner of the weights; make a sub-manager of it for each batch. */
  public NDManager manager() {
    return manager;
  }

  /** The blocks, first to last. */
  public List<DecoderBlock> blocks() {
    return List.copyOf(blocks);
  }

  /**
   * The residual stream before the first block.
   *
   * @param tokens token ids, {@code [batch][tokens]}, all rows of one length
   * @param positions where the tokens stand
   * @param scope owns the result
   * @return {@code [batch, tokens, width]}
   */
  public NDArray embed(int[][] tokens, Positions positions, NDManager scope) {
    return ends.embed(tokens, positions, scope);
  }

  /**
   * Runs a batch through all blocks and the last norm.
   *
   * @param tokens token ids, {@code [batch][tokens]}, padded on the right to one length
   * @param positions where the tokens stand
   * @param scope owns the result; what lies in between is freed block by block
   * @return the normed residual stream in the model's precision, {@code [batch, tokens, width]}
   */
  public NDArray hidden(int[][] tokens, Positions positions, NDManager scope) {
    return hidden(tokens, positions, Optional.empty(), scope);
  }

  /**
   * Runs further tokens of a batch, after those that a cache holds.
   *
   * @param tokens token ids, {@code [rows][tokens]}
   * @param positions where they stand; its mask, {@code [rows, 1, tokens, tokens so far]}, is
   *     needed unless the cache is empty
   * @param cache made by {@link #cache}; these tokens are added to it
   * @param scope owns the result
   * @return the normed residual stream of these tokens
   */
  public NDArray hidden(int[][] tokens, Positions positions, KeyValueCache cache, NDManager scope) {
    NDArray hidden = hidden(tokens, positions, Optional.of(cache), scope);
    cache.advance(tokens[0].length);
    return hidden;
  }

  private NDArray hidden(
      int[][] tokens, Positions positions, Optional<KeyValueCache> cache, NDManager scope) {
    NDArray hidden = ends.embed(tokens, positions, scope);
    for (int b = 0; b < blocks.size(); b++) {
      int block = b;
      try (NDManager inner = scope.newSubManager()) {
        hidden.attach(inner);
        Optional<BlockPast> past = cache.map(c -> c.block(block, tokens[0].length, inner));
        hidden = blocks.get(block).forward(hidden, positions, past, Tap.NONE);
        hidden.attach(scope);
      }
    }
    return ends.norm(hidden);
  }

  /**
   * An empty cache for this model; closing it stays with the caller.
   *
   * @param rows sequences that are read side by side
   * @param places the most tokens of each, padding included
   */
  public KeyValueCache cache(int rows, int places) {
    return new KeyValueCache(checkpoint.config(), precision, rows, places, manager);
  }

  /** Logits of the next token, {@code [n, width]} to {@code [n, vocabulary]}, float32. */
  public NDArray logits(NDArray hidden) {
    return ends.logits(hidden);
  }

  /**
   * Minus the log-probability of each target: logits {@code [n, vocabulary]}, targets {@code [n]}
   * (int64) to {@code [n]}.
   */
  public NDArray surprisal(NDArray logits, NDArray targets) {
    return ends.surprisal(logits, targets);
  }

  @Override
  public void close() {
    ends.close();
    manager.close();
  }
}
