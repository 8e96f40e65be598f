package tare.format;

import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.Supplier;
import tare.tensor.BrainFloat;
import tare.tensor.HalfFloat;
import tare.tensor.StorageType;

/**
 * A tensor to be written to a safetensors or GGUF file. Its bytes are made when they are written.
 *
 * @param type {@code F32}, {@code F16}, {@code BF16}, {@code F8_E4M3}, {@code I8}, {@code U8},
 *     {@code I32} or {@code I64}
 * @param shape outermost dimension first
 * @param body writes the values, little-endian and row-major
 */
public record TensorBytes(String type, Shape shape, Body body) {

  private static final int VALUES_AT_ONCE = 1 << 16;

  /** Writes the values of a tensor. */
  public interface Body {

    /**
     * Writes all bytes.
     *
     * @throws IOException if they cannot be written
     */
    void writeTo(OutputStream out) throws IOException;
  }

  /** Puts some values into a buffer. */
  private interface Put {
    void some(ByteBuffer bytes, int from, int to);
  }

  /** Puts one value into a buffer. */
  private interface PutOne {
    void at(ByteBuffer bytes, int index);
  }

  /** A float32 tensor. */
  public static TensorBytes float32(Shape shape, Supplier<float[]> values) {
    return new TensorBytes(
        "F32",
        shape,
        out -> {
          float[] all = values.get();
          write(
              out,
              all.length,
              Float.BYTES,
              (bytes, from, to) -> bytes.asFloatBuffer().put(all, from, to - from));
        });
  }

  /** A float16 tensor. Each value is rounded to the nearest float16 number. */
  public static TensorBytes float16(Shape shape, Supplier<float[]> values) {
    return new TensorBytes(
        "F16",
        shape,
        out -> {
          float[] all = values.get();
          each(out, all.length, Short.BYTES, (bytes, i) -> bytes.putShort(HalfFloat.bits(all[i])));
        });
  }

  private static TensorBytes bfloat16(Shape shape, Supplier<float[]> values) {
    return new TensorBytes(
        "BF16",
        shape,
        out -> {
          float[] all = values.get();
          each(out, all.length, Short.BYTES, (bytes, i) -> bytes.putShort(BrainFloat.bits(all[i])));
        });
  }

  /**
   * A tensor in a checkpoint's number format. Each value is rounded to the nearest number of that
   * format.
   *
   * @throws IllegalArgumentException for a format of quantized blocks
   */
  public static TensorBytes of(StorageType type, Shape shape, Supplier<float[]> values) {
    return switch (type) {
      case F32 -> float32(shape, values);
      case F16 -> float16(shape, values);
      case BF16 -> bfloat16(shape, values);
      default -> throw new IllegalArgumentException("A safetensors file cannot hold " + type);
    };
  }

  /** A tensor of signed bytes, row-major. */
  public static TensorBytes int8(Shape shape, byte[] values) {
    return bytes(StorageType.I8, shape, values);
  }

  /**
   * A tensor of a type whose values are bytes, row-major.
   *
   * @param type {@code I8}, {@code U8} or {@code F8_E4M3}
   */
  public static TensorBytes bytes(StorageType type, Shape shape, byte[] values) {
    return new TensorBytes(type.name(), shape, out -> out.write(values));
  }

  /** A vector of 32-bit integers. */
  public static TensorBytes int32(int... values) {
    return int32(new Shape(values.length), values);
  }

  /** A tensor of packed words. */
  public static TensorBytes int32(WordMatrix words) {
    return int32(new Shape(words.rows(), words.columns()), words.words());
  }

  private static TensorBytes int32(Shape shape, int[] values) {
    return new TensorBytes(
        "I32",
        shape,
        out -> each(out, values.length, Integer.BYTES, (bytes, i) -> bytes.putInt(values[i])));
  }

  /** A vector of 64-bit integers. */
  public static TensorBytes int64(long... values) {
    return new TensorBytes(
        "I64",
        new Shape(values.length),
        out -> each(out, values.length, Long.BYTES, (bytes, i) -> bytes.putLong(values[i])));
  }

  /** Size of one value in bytes. */
  public int width() {
    return switch (type) {
      case "I8", "U8", "F8_E4M3" -> Byte.BYTES;
      case "F16", "BF16" -> Short.BYTES;
      case "I64" -> Long.BYTES;
      default -> Float.BYTES;
    };
  }

  /** Size of the whole tensor in bytes. */
  public long size() {
    return width() * shape.size();
  }

  private static void each(OutputStream out, int count, int size, PutOne put) throws IOException {
    write(
        out,
        count,
        size,
        (bytes, from, to) -> {
          for (int i = from; i < to; i++) {
            put.at(bytes, i);
          }
        });
  }

  private static void write(OutputStream out, int count, int size, Put put) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(size * VALUES_AT_ONCE).order(ByteOrder.LITTLE_ENDIAN);
    for (int from = 0; from < count; from += VALUES_AT_ONCE) {
      int to = Math.min(count, from + VALUES_AT_ONCE);
      bytes.clear();
      put.some(bytes, from, to);
      out.write(bytes.array(), 0, size * (to - from));
    }
  }
}
