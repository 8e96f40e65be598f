package tare.format;

import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;
import tare.tensor.StorageType;
import tare.tensor.Widening;

/**
 * Describes where one tensor lies in a file. Nothing is read before {@link #values} is called.
 *
 * @param file the file
 * @param name the tensor's name in that file
 * @param type how the values are stored
 * @param shape outermost dimension first
 * @param offset position of the first byte in the file
 */
record StoredTensor(Path file, String name, StorageType type, Shape shape, long offset) {

  /**
   * Checks that the file holds the bytes that the header claims.
   *
   * @throws IllegalArgumentException naming the file, the tensor and the sizes
   */
  StoredTensor checked(long fileBytes) {
    long needed;
    try {
      needed = Math.addExact(offset, byteCount());
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException(
          file + ": tensor " + name + " would begin at byte " + offset, e);
    }
    if (offset < 0 || needed > fileBytes) {
      throw new IllegalArgumentException(
          file
              + ": tensor "
              + name
              + " would end at byte "
              + needed
              + ", but the file has "
              + fileBytes
              + ". It is cut off or corrupt: fetch it again.");
    }
    return this;
  }

  /**
   * Number of bytes that the values take.
   *
   * @throws IllegalArgumentException if the values do not fill whole blocks, or no file could hold
   *     them; the message names the file, the tensor and the shape
   */
  long byteCount() {
    try {
      return type.bytes(valueCount());
    } catch (ArithmeticException | IllegalArgumentException e) {
      throw new IllegalArgumentException(
          file
              + ": tensor "
              + name
              + " has shape "
              + shape
              + ", which type "
              + type
              + " cannot hold ("
              + e.getMessage()
              + ")",
          e);
    }
  }

  private long valueCount() {
    long count = 1;
    for (long size : shape.getShape()) {
      if (size < 0) {
        throw new IllegalArgumentException("negative size");
      }
      count = Math.multiplyExact(count, size);
    }
    return count;
  }

  /**
   * Maps the tensor's bytes into memory and widens them.
   *
   * @throws IllegalArgumentException if a value is NaN or infinite; the message names the tensor
   */
  float[] values() {
    long count = valueCount();
    if (count > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException(
          file + ": tensor " + name + " has " + count + " values; at most 2^31 - 9 can be read");
    }
    MappedByteBuffer bytes = mapped();
    return finite(() -> Widening.toFloat32(type, bytes, (int) count));
  }

  /**
   * The 32-bit whole numbers of the tensor.
   *
   * @throws IllegalArgumentException if it stores other values
   */
  int[] words() {
    if (type != StorageType.I32) {
      throw new IllegalArgumentException(
          file + ": tensor " + name + " holds " + type + " in place of 32-bit whole numbers");
    }
    int[] words = new int[Math.toIntExact(valueCount())];
    mapped().order(ByteOrder.LITTLE_ENDIAN).asIntBuffer().get(words);
    return words;
  }

  /** Whether another tensor has the same type, shape and bytes. */
  boolean sameBytes(StoredTensor other) {
    return type == other.type && shape.equals(other.shape) && mapped().equals(other.mapped());
  }

  /**
   * Widens some rows of a matrix. Each row must consist of whole blocks.
   *
   * @throws IllegalArgumentException if a value is NaN or infinite; the message names the tensor
   */
  float[] rows(int[] rows) {
    MappedByteBuffer bytes = mapped();
    return finite(() -> Widening.rows(type, bytes, (int) shape.get(1), rows));
  }

  private float[] finite(Supplier<float[]> widened) {
    try {
      return widened.get();
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          file
              + ": tensor "
              + name
              + ": "
              + e.getMessage()
              + ". The file is damaged, or the training failed: fetch it again, or take another"
              + " checkpoint.",
          e);
    }
  }

  private MappedByteBuffer mapped() {
    long bytes = byteCount();
    if (bytes > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          file + ": tensor " + name + " has " + bytes + " bytes; at most 2^31 - 1 can be read");
    }
    try (FileChannel channel = FileChannel.open(file)) {
      checked(Files.size(file));
      return channel.map(FileChannel.MapMode.READ_ONLY, offset, bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(file + ": tensor " + name + " cannot be read", e);
    }
  }
}
