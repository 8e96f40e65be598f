package tare.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Copies large arrays of Java into memory of PyTorch. On a processor, {@code NDManager.create}
 * makes an array that lives in a buffer outside Java's heap. Closing the array does not free that
 * buffer. Garbage collection does, and it may come late. Here all values of a thread pass through
 * one buffer of 8 MiB, and closing the copy frees its memory.
 */
public final class FromHeap {

  /** Number of values that pass at once. */
  public static final int AT_ONCE = 1 << 21;

  /** Of each thread. */
  private static final ThreadLocal<ByteBuffer> BUFFER =
      ThreadLocal.withInitial(
          () -> ByteBuffer.allocateDirect(AT_ONCE * Float.BYTES).order(ByteOrder.nativeOrder()));

  private FromHeap() {}

  /**
   * Copies float32 values.
   *
   * @param values in row-major order
   * @param manager owns the copy
   * @throws IllegalArgumentException if the shape has another number of values
   */
  public static NDArray copy(float[] values, Shape shape, NDManager manager) {
    if (shape.size() != values.length) {
      throw new IllegalArgumentException(values.length + " values do not have the shape " + shape);
    }
    if (values.length <= AT_ONCE) {
      try (NDArray passing = passing(values, 0, shape, manager)) {
        return passing.duplicate();
      }
    }
    try (NDArray flat = manager.create(new Shape(values.length))) {
      for (int from = 0; from < values.length; from += AT_ONCE) {
        int some = Math.min(AT_ONCE, values.length - from);
        try (NDArray passing = passing(values, from, new Shape(some), manager)) {
          flat.set(new NDIndex("{}:{}", from, from + some), passing);
        }
      }
      return flat.reshape(shape);
    }
  }

  /** Values that lie in the buffer, until others are put there. */
  private static NDArray passing(float[] values, int from, Shape shape, NDManager manager) {
    ByteBuffer buffer = BUFFER.get();
    int size = Math.toIntExact(shape.size());
    buffer.clear().limit(size * Float.BYTES);
    buffer.asFloatBuffer().put(values, from, size);
    return manager.create(buffer, shape, DataType.FLOAT32);
  }
}
