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
 * The rotated keys and the values of all tokens that a decoder has read, block by block, so that a
 * further token costs one token's work. It is as large as it will get from the start.
 */
public final class KeyValueCache implements AutoCloseable {

  private final NDManager manager;
  private final TorchCall keep;
  private final List<NDArray> keys = new ArrayList<>(); // [rows, keyValueHeads, places, headWidth]
  private final List<NDArray> values = new ArrayList<>();
  private int tokens;

  /**
   * Takes the memory.
   *
   * @param rows sequences that are read side by side
   * @param places the most tokens of each
   * @param owner its sub-manager owns the memory
   */
  KeyValueCache(ModelConfig config, Precision precision, int rows, int places, NDManager owner) {
    manager = owner.newSubManager();
    keep = TorchCall.load("keep", manager.getDevice());
    Shape shape = new Shape(rows, config.keyValueHeads(), places, config.headWidth());
    for (int block = 0; block < config.blocks(); block++) {
      keys.add(precision.narrow(manager.zeros(shape)));
      values.add(precision.narrow(manager.zeros(shape)));
    }
  }

  /** Tokens that every row holds, padding included. */
  public int tokens() {
    return tokens;
  }

  /**
   * Keeps only some rows, in the order given.
   *
   * @param rows numbers of rows as they stand now
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

  /** What a block has kept, as it looks while {@code added} further tokens run through it. */
  BlockPast block(int block, long added, NDManager scope) {
    NDArray places = scope.create(LongStream.range(tokens, tokens + added).toArray());
    return new BlockPast(keys.get(block), values.get(block), places, tokens + added, keep);
  }

  /** Counts tokens that have run through all blocks. */
  void advance(long added) {
    tokens += (int) added;
  }

  /**
   * One block's part.
   *
   * @param keys {@code [rows, keyValueHeads, places, headWidth]}
   * @param values the same
   * @param added where the tokens that run now are written, {@code [tokens]} (int64)
   * @param used places that are filled when they are written
   * @param keep the library's call that writes them
   */
  record BlockPast(NDArray keys, NDArray values, NDArray added, long used, TorchCall keep) {

    /** Keeps the keys of the tokens that run now, and gives those of all tokens so far. */
    NDArray withKeys(NDArray k) {
      return with(k, keys);
    }

    /** Keeps the values of the tokens that run now, and gives those of all tokens so far. */
    NDArray withValues(NDArray v) {
      return with(v, values);
    }

    private NDArray with(NDArray now, NDArray kept) {
      return keep.of(now, kept, added).get(":, :, :" + used);
    }
  }

  @Override
  public void close() {
    keep.close();
    manager.close();
  }
}
