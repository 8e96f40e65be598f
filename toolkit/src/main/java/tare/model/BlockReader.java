package tare.model;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;

/**
 * Reads a decoder's blocks one by one, and of its embedding the rows that are asked for; the output
 * matrix is not read.
 */
public final class BlockReader implements AutoCloseable {

  private final Checkpoint checkpoint;
  private final Precision precision;
  private final DecoderCalls calls;

  private BlockReader(Checkpoint checkpoint, Precision precision, Device device) {
    this.checkpoint = checkpoint;
    this.precision = precision;
    calls = DecoderCalls.load(device, precision);
  }

  /**
   * Reads nothing yet.
   *
   * @param precision of the weights, not AUTO
   * @param device where the blocks will be
   */
  public static BlockReader open(Checkpoint checkpoint, Precision precision, Device device) {
    return new BlockReader(checkpoint, precision, device);
  }

  /**
   * What turns tokens into the residual stream; the embedding itself stays on disk.
   *
   * @param owner owns what is read beside it
   */
  public TokenEmbedding embedding(NDManager owner) {
    return TokenEmbedding.of(
        checkpoint, TokenEmbedding.Lookup.in(checkpoint), precision, calls, owner);
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

  @Override
  public void close() {
    calls.close();
  }
}
