package tare.format;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Writes metadata and tensors to a GGUF file (version 3), which {@link Gguf} reads. */
public final class GgufWriter {

  private static final int VERSION = 3;
  private static final int ALIGNMENT = 32; // of tensors, where the file names no other

  /** The numbers of GGUF's value types. */
  private static final int UINT32 = 4;

  private static final int TEXT = 8;
  private static final int LIST = 9;

  private final ByteArrayOutputStream header = new ByteArrayOutputStream();

  private GgufWriter() {}

  /**
   * Writes a file. It appears under its name only when it is complete.
   *
   * @param metadata values by key: String, Integer (from 0) or a List of String
   * @param tensors the tensors under the file's names, in order: F32, F16 or BF16
   * @throws IllegalArgumentException for a value or a tensor of another type
   * @throws IOException if the file cannot be written; the message names it
   */
  public static void write(Path file, Map<String, ?> metadata, Map<String, TensorBytes> tensors)
      throws IOException {
    GgufWriter writer = new GgufWriter();
    writer.header.writeBytes("GGUF".getBytes(StandardCharsets.US_ASCII));
    writer.int32(VERSION);
    writer.int64(tensors.size());
    writer.int64(metadata.size());
    metadata.forEach(writer::pair);
    long offset = 0;
    for (Map.Entry<String, TensorBytes> each : tensors.entrySet()) {
      writer.tensor(each.getKey(), each.getValue(), offset);
      offset += each.getValue().size() + padding(each.getValue().size());
    }
    byte[] head = writer.header.toByteArray();
    SafetensorsWriter.whole(
        file,
        out -> {
          out.write(head);
          pad(out, head.length);
          for (TensorBytes tensor : tensors.values()) {
            tensor.body().writeTo(out);
            pad(out, tensor.size());
          }
        });
  }

  private void pair(String key, Object value) {
    text(key);
    if (value instanceof String text) {
      int32(TEXT);
      text(text);
    } else if (value instanceof Integer number && number >= 0) {
      int32(UINT32);
      int32(number);
    } else if (value instanceof List<?> list && list.stream().allMatch(String.class::isInstance)) {
      int32(LIST);
      int32(TEXT);
      int64(list.size());
      list.forEach(each -> text((String) each));
    } else {
      throw new IllegalArgumentException(
          "The value of %s must be a text, a whole number from 0 or a list of texts; got %s."
              .formatted(key, value));
    }
  }

  private void tensor(String name, TensorBytes tensor, long offset) {
    long[] shape = tensor.shape().getShape();
    text(name);
    int32(shape.length);
    for (int d = shape.length - 1; d >= 0; d--) { // GGUF lists the innermost dimension first
      int64(shape[d]);
    }
    int32(
        switch (tensor.type()) {
          case "F32" -> 0;
          case "F16" -> 1;
          case "BF16" -> 30;
          default ->
              throw new IllegalArgumentException(
                  "Tensor %s is %s; F32, F16 and BF16 can be written."
                      .formatted(name, tensor.type()));
        });
    int64(offset);
  }

  private void text(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    int64(bytes.length);
    header.writeBytes(bytes);
  }

  private void int32(int value) {
    header.writeBytes(little(Integer.BYTES).putInt(value).array());
  }

  private void int64(long value) {
    header.writeBytes(little(Long.BYTES).putLong(value).array());
  }

  private static ByteBuffer little(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static int padding(long size) {
    return (int) Math.floorMod(-size, (long) ALIGNMENT);
  }

  private static void pad(OutputStream out, long size) throws IOException {
    out.write(new byte[padding(size)]);
  }
}
