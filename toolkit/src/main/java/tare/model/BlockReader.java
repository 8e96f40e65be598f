package tare.model;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
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
   * Embeds tokens that stand at positions 0, 1, 2 …
   *
   * @param tokens token ids, {@code [batch][tokens]}, all rows of one length
   * @param scope owns the result and what is read for it
   * @return {@code [batch, tokens, width]}
   */
  public NDArray embed(int[][] tokens, NDManager scope) {
    TokenEmbedding.Lookup lookup = TokenEmbedding.Lookup.in(checkpoint);
    Positions positions = Positions.causal(tokens[0].length, checkpoint.config(), scope);
    return TokenEmbedding.of(checkpoint, lookup, precision, calls, scope)
        .embed(tokens, positions, scope);
  }

  /**
   * Reads one block.
   *
   * @param index number of the block, from 0
   * @param owner owns the block's weights
   */
  public DecoderBlock block(int index, NDManager owner) {
    return DecoderBlock.read(
        index, checkpoint.config(), checkpoint.tensors(), precision, calls, owner);
  }

  @Override
  public void close() {
    calls.close();
  }
}
