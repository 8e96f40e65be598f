package tare.format;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/** Writes tensors as float32 to a safetensors file, one at a time. */
public final class SafetensorsWriter {

  private static final int ALIGNMENT = 8;
  private static final int VALUES_AT_ONCE = 1 << 16;

  private SafetensorsWriter() {}

  /**
   * Writes all tensors of a source, sorted by name, under a temporary name that is replaced when
   * whole.
   *
   * @throws IOException if the file cannot be written
   */
  public static void write(Path file, TensorSource source) throws IOException {
    List<String> names = source.names().stream().sorted().toList();
    Path unfinished = file.resolveSibling(file.getFileName() + ".unfinished");
    try {
      try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(unfinished))) {
        byte[] header = header(names, source);
        byte[] length = new byte[Long.BYTES];
        ByteBuffer.wrap(length).order(ByteOrder.LITTLE_ENDIAN).putLong(header.length);
        out.write(length);
        out.write(header);
        for (String name : names) {
          write(out, source.values(name));
        }
      }
      Files.move(unfinished, file, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(unfinished);
    }
  }

  private static byte[] header(List<String> names, TensorSource source) {
    ObjectNode header = new ObjectMapper().createObjectNode();
    header.putObject("__metadata__").put("format", "pt");
    long offset = 0;
    for (String name : names) {
      ObjectNode entry = header.putObject(name).put("dtype", "F32");
      for (long size : source.shape(name).getShape()) {
        entry.withArray("shape").add(size);
      }
      long end = offset + Float.BYTES * source.shape(name).size();
      entry.putArray("data_offsets").add(offset).add(end);
      offset = end;
    }
    String json = header.toString();
    int length = json.getBytes(StandardCharsets.UTF_8).length;
    return (json + " ".repeat(Math.floorMod(-length, ALIGNMENT))).getBytes(StandardCharsets.UTF_8);
  }

  private static void write(OutputStream out, float[] values) throws IOException {
    byte[] bytes = new byte[Float.BYTES * VALUES_AT_ONCE];
    FloatBuffer floats = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
    for (int start = 0; start < values.length; start += VALUES_AT_ONCE) {
      int count = Math.min(VALUES_AT_ONCE, values.length - start);
      floats.clear().put(values, start, count);
      out.write(bytes, 0, Float.BYTES * count);
    }
  }
}
