package tare.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tare.model.DecoderBlock.Beginning;
import tare.model.DecoderBlock.Past;

/**
 * The keys and values of a text with which many sequences begin. It runs through the model once;
 * then each sequence costs its own tokens only. Made by {@link DecoderModel#prefix}.
 */
public final class Prefix implements AutoCloseable {

  private final int tokens;
  private final Precision precision;
  private final NDManager manager;
  private final List<NDArray> keys = new ArrayList<>(); // each [keyValueHeads, tokens, headWidth]
  private final List<NDArray> values = new ArrayList<>();

  /**
   * An empty prefix.
   *
   * @param tokens number of its tokens
   * @param precision of the keys and values that are kept
   * @param owner its sub-manager owns the memory
   */
  Prefix(int tokens, Precision precision, NDManager owner) {
    this.tokens = tokens;
    this.precision = precision;
    manager = owner.newSubManager();
  }

  /** Number of its tokens. */
  public int tokens() {
    return tokens;
  }

  /** Keeps the keys and values of each block in turn, while the prefix itself runs. */
  Past kept() {
    return new Past() {
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
    NDArray heads = own.squeeze(0);
    NDArray contiguous = heads.duplicate().flatten().reshape(heads.getShape());
    NDArray copy = precision.narrow(contiguous);
    copy.attach(manager);
    all.add(copy);
    return own;
  }

  /** What all sequences that begin with the prefix see of it in a block. */
  Beginning of(int block) {
    return new Beginning(keys.get(block), values.get(block));
  }

  /** The same for sequences of which nothing else was read before. */
  Past block(int block) {
    return new Past() {
      @Override
      public Optional<Beginning> beginning() {
        return Optional.of(of(block));
      }

      @Override
      public NDArray withKeys(NDArray k) {
        return k;
      }

      @Override
      public NDArray withValues(NDArray v) {
        return v;
      }
    };
  }

  @Override
  public void close() {
    manager.close();
  }
}
