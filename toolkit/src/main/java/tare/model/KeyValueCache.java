package tare.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import tare.tensor.TorchCall;

/**
 * Keeps the rotated keys and the values of all tokens that a decoder has read, so that a further
 * token costs one token's work. The memory is allocated once, for the largest number of tokens.
 */
public final class KeyValueCache implements AutoCloseable {

  private final NDManager manager;
  private final TorchCall keep;
  private final List<NDArray> keys = new ArrayList<>(); // [rows, keyValueHeads, places, headWidth]
  private final List<NDArray> values = new ArrayList<>();
  private int tokens;

  /**
   * Allocates the memory.
   *
   * @param rows number of sequences that are read side by side
   * @param places largest number of tokens per sequence
   * @param owner its sub-manager owns the memory
   */
  KeyValueCache(ModelConfig config, Precision precision, int rows, int places, NDManager owner) {
    manager = owner.newSubManager();
    keep = TorchCall.of("keep", manager.getDevice());
    Shape shape = new Shape(rows, config.keyValueHeads(), places, config.headWidth());
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

  /** Number of tokens that every row holds, padding included. */
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
  DecoderBlock.Past block(int block, long added, NDManager scope) {
    NDArray places = scope.create(LongStream.range(tokens, tokens + added).toArray());
    return new BlockPast(keys.get(block), values.get(block), places, tokens + added, keep);
  }

  /** Begins each row of an empty cache with a prefix. */
  void begin(Prefix prefix) {
    for (int block = 0; block < keys.size(); block++) {
      try (NDManager scope = manager.newSubManager()) {
        long rows = keys.get(block).getShape().get(0);
        DecoderBlock.Past past = block(block, prefix.tokens(), scope);
        past.withKeys(prefix.keys(block, rows, scope));
        past.withValues(prefix.values(block, rows, scope));
      }
    }
    advance(prefix.tokens());
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
   * @param keys {@code [rows, keyValueHeads, places, headWidth]}
   * @param values {@code [rows, keyValueHeads, places, headWidth]}
   * @param added places of the current tokens, {@code [tokens]} (int64)
   * @param used number of filled places, the current tokens included
   * @param keep the library call that writes keys or values
   */
  private record BlockPast(NDArray keys, NDArray values, NDArray added, long used, TorchCall keep)
      implements DecoderBlock.Past {

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
