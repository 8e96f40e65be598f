package tare.format;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;

/** Writes tensors to a safetensors file, one at a time. */
public final class SafetensorsWriter {

  private static final int ALIGNMENT = 8;

  private SafetensorsWriter() {}

  /**
   * Writes tensors to a temporary file and renames the file once it is complete. Tensors of wide
   * numbers come first, so that each begins at a multiple of its number's size; within one width,
   * tensors are ordered by name.
   *
   * @throws IOException if the file cannot be written; the message names it
   */
  public static void write(Path file, Map<String, TensorBytes> tensors) throws IOException {
    Map<String, TensorBytes> ordered = new LinkedHashMap<>();
    tensors.entrySet().stream()
        .sorted(
            Comparator.comparingInt((Map.Entry<String, TensorBytes> e) -> -e.getValue().width())
                .thenComparing(Map.Entry::getKey))
        .forEach(each -> ordered.put(each.getKey(), each.getValue()));
    whole(
        file,
        out -> {
          byte[] header = header(ordered);
          byte[] length = new byte[Long.BYTES];
          ByteBuffer.wrap(length).order(ByteOrder.LITTLE_ENDIAN).putLong(header.length);
          out.write(length);
          out.write(header);
          for (TensorBytes tensor : ordered.values()) {
            tensor.body().writeTo(out);
          }
        });
  }

  /**
   * Writes to a temporary file and renames the file once it is complete.
   *
   * @throws IOException if the file cannot be written; the message names it
   */
  static void whole(Path file, TensorBytes.Body content) throws IOException {
    Path unfinished = file.resolveSibling(file.getFileName() + ".unfinished");
    try {
      try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(unfinished))) {
        content.writeTo(out);
      }
      Files.move(unfinished, file, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new IOException(file + " cannot be written", e);
    } finally {
      Files.deleteIfExists(unfinished);
    }
  }

  private static byte[] header(Map<String, TensorBytes> tensors) {
    ObjectNode header = new ObjectMapper().createObjectNode();
    header.putObject("__metadata__").put("format", "pt");
    long offset = 0;
    for (Map.Entry<String, TensorBytes> each : tensors.entrySet()) {
      TensorBytes tensor = each.getValue();
      ObjectNode entry = header.putObject(each.getKey()).put("dtype", tensor.type());
      for (long size : tensor.shape().getShape()) {
        entry.withArray("shape").add(size);
      }
      long end = offset + tensor.size();
      entry.putArray("data_offsets").add(offset).add(end);
      offset = end;
    }
    String json = header.toString();
    int length = json.getBytes(StandardCharsets.UTF_8).length;
    return (json + " ".repeat(Math.floorMod(-length, ALIGNMENT))).getBytes(StandardCharsets.UTF_8);
  }
}
