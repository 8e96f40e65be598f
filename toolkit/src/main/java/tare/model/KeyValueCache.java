package tare.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import tare.model.DecoderBlock.Beginning;
import tare.model.DecoderBlock.Past;
import tare.tensor.TorchCall;

/**
 * Keeps the rotated keys and the values of all tokens that a decoder has read, so that a further
 * token costs one token's work. The memory is allocated once, for the largest number of tokens. A
 * {@link Prefix} of all rows stays where it is, and is not copied.
 */
public final class KeyValueCache implements AutoCloseable {

  private final NDManager manager;
  private final TorchCall keep;
  private final Optional<Prefix> prefix;
  private final List<NDArray> keys = new ArrayList<>(); // [rows, keyValueHeads, places, headWidth]
  private final List<NDArray> values = new ArrayList<>();
  private int tokens;

  /**
   * Allocates the memory.
   *
   * @param rows number of sequences that are read side by side
   * @param places largest number of tokens per sequence, padding and prefix included
   * @param prefix what all sequences begin with; the caller closes it after the cache
   * @param owner its sub-manager owns the memory
   */
  KeyValueCache(
      ModelConfig config,
      Precision precision,
      int rows,
      int places,
      Optional<Prefix> prefix,
      NDManager owner) {
    this.prefix = prefix;
    tokens = prefix.map(Prefix::tokens).orElse(0);
    manager = owner.newSubManager();
    keep = TorchCall.of("keep", manager.getDevice());
    Shape shape = new Shape(rows, config.keyValueHeads(), places - tokens, config.headWidth());
    for (int block = 0; block < config.blocks(); block++) {
      keys.add(empty(shape, precision));
      values.add(empty(shape, precision));
    }
  }

  private NDArray empty(Shape shape, Precision precision) {
    try (NDManager scope = manager.newSubManager()) {
      NDArray empty = precision.narrow(scope.zeros(shape));
      empty.attach(manager);
      return empty;
    }
  }

  private KeyValueCache(KeyValueCache of, int from, int to) {
    manager = of.manager.newSubManager();
    keep = of.keep;
    prefix = of.prefix;
    tokens = of.tokens;
    NDIndex rows = new NDIndex("{}:{}", from, to);
    of.keys.forEach(all -> keys.add(all.get(manager, rows)));
    of.values.forEach(all -> values.add(all.get(manager, rows)));
  }

  /**
   * Some neighbouring rows, in the memory of this cache. Tokens that run through them are not
   * counted here: call {@link #advance} once all rows have read theirs.
   *
   * @return a cache to be closed, which leaves this one open
   */
  public KeyValueCache rows(int from, int to) {
    return new KeyValueCache(this, from, to);
  }

  /** Number of tokens that every row holds, prefix and padding included. */
  public int tokens() {
    return tokens;
  }

  /**
   * Keeps only some rows, in the given order.
   *
   * @param rows current numbers of the rows to keep
   */
  public void retain(int[] rows) {
    for (List<NDArray> arrays : List.of(keys, values)) {
      for (int block = 0; block < arrays.size(); block++) {
        try (NDArray all = arrays.get(block);
            NDArray chosen = manager.create(rows)) {
          arrays.set(block, all.get(manager, new NDIndex("{}", chosen)));
        }
      }
    }
  }

  /** The keys and values of one block, while {@code added} further tokens run through it. */
  Past block(int block, long added, NDManager scope) {
    int own = tokens - prefix.map(Prefix::tokens).orElse(0);
    NDArray places = scope.create(LongStream.range(own, own + added).toArray());
    Optional<Beginning> beginning = prefix.map(all -> all.of(block));
    return new BlockPast(beginning, keys.get(block), values.get(block), places, own + added, keep);
  }

  /**
   * Moves on by some places in every row. A row that read fewer tokens leaves places unwritten,
   * which a mask must hide.
   */
  public void advance(int added) {
    tokens += added;
  }

  /**
   * The cache of one block.
   *
   * @param beginning what all rows begin with
   * @param keys {@code [rows, keyValueHeads, places, headWidth]}
   * @param values {@code [rows, keyValueHeads, places, headWidth]}
   * @param added places of the current tokens, {@code [tokens]} (int64)
   * @param used number of filled places, the current tokens included
   * @param keep the library call that writes keys or values
   */
  private record BlockPast(
      Optional<Beginning> beginning,
      NDArray keys,
      NDArray values,
      NDArray added,
      long used,
      TorchCall keep)
      implements Past {

    @Override
    public NDArray withKeys(NDArray k) {
      return with(k, keys);
    }

    @Override
    public NDArray withValues(NDArray v) {
      return with(v, values);
    }

    private NDArray with(NDArray now, NDArray kept) {
      return keep.call(now, kept, added).get(":, :, :" + used);
    }
  }

  @Override
  public void close() {
    manager.close();
  }
}
