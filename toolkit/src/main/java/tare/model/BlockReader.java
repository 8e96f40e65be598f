package tare.model;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;

/**
 * Reads a decoder block by block, so that a large model never has to fit in memory. Of the
 * embedding it reads only the required rows; it does not read the output matrix.
 */
public final class BlockReader {

  private final Checkpoint checkpoint;
  private final Precision precision;
  private final DecoderCalls calls;

  private BlockReader(Checkpoint checkpoint, Precision precision, Device device) {
    this.checkpoint = checkpoint;
    this.precision = precision;
    calls = DecoderCalls.of(device, precision);
  }

  /**
   * Opens a reader, which reads nothing yet.
   *
   * @param precision precision of the weights, not AUTO
   * @param device device of the blocks
   */
  public static BlockReader open(Checkpoint checkpoint, Precision precision, Device device) {
    return new BlockReader(checkpoint, precision, device);
  }

  /**
   * The embedding of tokens into the residual stream. Its matrix stays on disk.
   *
   * @param owner owns the other tensors of the embedding
   */
  public TokenEmbedding embedding(NDManager owner) {
    return TokenEmbedding.of(
        checkpoint, TokenEmbedding.Lookup.of(checkpoint), precision, calls, owner);
  }

  /**
   * Reads one block.
   *
   * @param index number of the block, from 0
   * @param owner owns the block's weights
   */
  public DecoderBlock block(int index, NDManager owner) {
    return DecoderBlock.read(index, checkpoint, precision, calls, owner);
  }

  /**
   * A float32 block as it runs in this reader's precision. The copied weights belong to the manager
   * of the block's own.
   */
  public DecoderBlock narrowed(DecoderBlock block) {
    return precision == Precision.F32 ? block : block.in(precision, calls);
  }
}
