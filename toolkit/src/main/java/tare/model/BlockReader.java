package tare.model;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;

/**
 * Reads a decoder's blocks one by one, without its embedding and output matrix.
 *
 * @param checkpoint where the weights are
 * @param precision of the weights, not AUTO
 * @param calls what the blocks call
 */
public record BlockReader(Checkpoint checkpoint, Precision precision, DecoderCalls calls)
    implements AutoCloseable {

  /**
   * Reads nothing yet.
   *
   * @param device where the blocks will be
   */
  public static BlockReader open(Checkpoint checkpoint, Precision precision, Device device) {
    return new BlockReader(checkpoint, precision, DecoderCalls.load(device, precision));
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
