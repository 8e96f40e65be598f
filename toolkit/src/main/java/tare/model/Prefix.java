package tare.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.List;

/**
 * The keys and values of a text with which many sequences begin. It runs through the model once;
 * then each sequence costs its own tokens only. Made by {@link DecoderModel#prefix}.
 */
public final class Prefix implements AutoCloseable {

  private final int tokens;
  private final NDManager manager;
  private final List<NDArray> keys =
      new ArrayList<>(); // each [1, keyValueHeads, tokens, headWidth]
  private final List<NDArray> values = new ArrayList<>();

  /**
   * An empty prefix.
   *
   * @param tokens number of its tokens
   * @param owner its sub-manager owns the memory
   */
  Prefix(int tokens, NDManager owner) {
    this.tokens = tokens;
    manager = owner.newSubManager();
  }

  /** Number of its tokens. */
  public int tokens() {
    return tokens;
  }

  /** The rotated keys of a block, {@code [rows, keyValueHeads, tokens, headWidth]}. */
  NDArray keys(int block, long rows, NDManager scope) {
    return repeated(keys.get(block), rows, scope);
  }

  /** The values of a block, {@code [rows, keyValueHeads, tokens, headWidth]}. */
  NDArray values(int block, long rows, NDManager scope) {
    return repeated(values.get(block), rows, scope);
  }

  /** Keeps the keys and values of each block in turn, while the prefix itself runs. */
  DecoderBlock.Past kept() {
    return new DecoderBlock.Past() {
      @Override
      public NDArray withKeys(NDArray k) {
        return kept(k, keys);
      }

      @Override
      public NDArray withValues(NDArray v) {
        return kept(v, values);
      }
    };
  }

  private NDArray kept(NDArray own, List<NDArray> all) {
    NDArray copy = own.duplicate();
    copy.attach(manager);
    all.add(copy);
    return own;
  }

  /** What sequences that begin with the prefix see of it in a block. */
  DecoderBlock.Past block(int block) {
    return new DecoderBlock.Past() {
      @Override
      public NDArray withKeys(NDArray k) {
        return after(keys.get(block), k);
      }

      @Override
      public NDArray withValues(NDArray v) {
        return after(values.get(block), v);
      }
    };
  }

  /** Puts the prefix before the places of each row. */
  private static NDArray after(NDArray prefix, NDArray own) {
    NDArray rows = repeated(prefix, own.getShape().get(0), own.getManager());
    return NDArrays.concat(new NDList(rows, own), 2);
  }

  /** Keys or values of the prefix, once for each row, without a copy. */
  private static NDArray repeated(NDArray one, long rows, NDManager scope) {
    Shape shape = one.getShape();
    NDArray all = one.broadcast(rows, shape.get(1), shape.get(2), shape.get(3));
    all.attach(scope);
    return all;
  }

  @Override
  public void close() {
    manager.close();
  }
}
