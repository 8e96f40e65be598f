package tare.tensor;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.stream.IntStream;

/** Widens stored numbers to float32 on all host threads. */
public final class Widening {

  private static final int VALUES_PER_TASK = 1 << 16;

  private Widening() {}

  /**
   * Widens a whole tensor.
   *
   * @param type how the bytes are stored
   * @param bytes little-endian bytes from position 0; exactly {@code type.bytes(values)} of them
   *     are read
   * @param values number of values
   * @return the values in storage order
   */
  public static float[] toFloat32(StorageType type, ByteBuffer bytes, int values) {
    ByteBuffer in = bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    float[] out = new float[values];
    int blocks = values / type.blockValues();
    int blocksPerTask = Math.max(1, VALUES_PER_TASK / type.blockValues());
    int tasks = (blocks + blocksPerTask - 1) / blocksPerTask;
    IntStream.range(0, tasks)
        .parallel()
        .forEach(
            task -> {
              int end = Math.min(blocks, (task + 1) * blocksPerTask);
              for (int block = task * blocksPerTask; block < end; block++) {
                type.widenBlock(in, block * type.blockBytes(), out, block * type.blockValues());
              }
            });
    return out;
  }
}
