package tare.tensor;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.stream.IntStream;

/** Widens stored numbers to float32 on all host threads. */
public final class Widening {

  private static final int VALUES_PER_TASK = 1 << 16;

  /** All bits of a float32 but its sign. */
  private static final int SIZE = 0x7fffffff;

  /** One in the exponent of a float32: it carries into the sign if all exponent bits are set. */
  private static final int LEAST_EXPONENT = 0x00800000;

  private Widening() {}

  /**
   * Widens a whole tensor.
   *
   * @param type how the bytes are stored
   * @param bytes little-endian bytes from position 0; exactly {@code type.bytes(values)} of them
   *     are read
   * @param values number of values
   * @return the values in storage order
   * @throws IllegalArgumentException if a value is NaN or infinite; the message gives its index
   */
  public static float[] toFloat32(StorageType type, ByteBuffer bytes, int values) {
    int valuesPerTask = Math.max(type.blockValues(), VALUES_PER_TASK);
    int tasks = (values + valuesPerTask - 1) / valuesPerTask;
    return filled(
        values,
        tasks,
        (task, out) -> {
          int from = task * valuesPerTask;
          int some = Math.min(valuesPerTask, values - from);
          return widen(type, bytes, type.bytes(from), some, out, from);
        });
  }

  /**
   * Widens some rows of a matrix, one after another. Each row must consist of whole blocks.
   *
   * @param type how the bytes are stored
   * @param bytes little-endian bytes of the matrix from position 0
   * @param width number of values of a row
   * @param rows row numbers
   * @return the values of the rows
   * @throws IllegalArgumentException if a value is NaN or infinite; the message gives its index
   *     among these rows
   */
  public static float[] rows(StorageType type, ByteBuffer bytes, int width, int[] rows) {
    return filled(
        Math.multiplyExact(rows.length, width),
        rows.length,
        (i, out) -> widen(type, bytes, rows[i] * type.bytes(width), width, out, i * width));
  }

  /** Widens a part of an array, and finds a value that is not finite. */
  private interface Task {

    /** Fills a part of the array. Returns the index of a value that is not finite, or -1. */
    int run(int number, float[] out);
  }

  private static float[] filled(int values, int tasks, Task task) {
    float[] out = new float[values];
    IntStream.range(0, tasks)
        .parallel()
        .map(number -> task.run(number, out))
        .filter(index -> index >= 0)
        .findFirst()
        .ifPresent(
            index -> {
              throw new IllegalArgumentException(
                  "value " + index + " is not finite (" + out[index] + ")");
            });
    return out;
  }

  private static int widen(
      StorageType type, ByteBuffer bytes, long at, int values, float[] out, int to) {
    ByteBuffer in = bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    int blockValues = type.blockValues();
    int blockBytes = type.blockBytes();
    int end = to + values / blockValues * blockValues;
    int byteAt = Math.toIntExact(at);
    for (int i = to; i < end; i += blockValues, byteAt += blockBytes) {
      type.widenBlock(in, byteAt, out, i);
    }
    return notFinite(out, to, to + values);
  }

  /** The index of a value that is NaN or infinite, or -1 if all values of a range are finite. */
  private static int notFinite(float[] values, int from, int to) {
    int seen = 0;
    for (int i = from; i < to; i++) {
      seen |= (Float.floatToRawIntBits(values[i]) & SIZE) + LEAST_EXPONENT; // negative: not finite
    }
    for (int i = from; seen < 0 && i < to; i++) {
      if (!Float.isFinite(values[i])) {
        return i;
      }
    }
    return -1;
  }
}
