package tare.format;

import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tare.tensor.StorageType;

/**
 * Reads a GGUF file (version 2 or 3): its metadata and its tensors, under the file's own names. The
 * file holds a header, key/value pairs, a table of tensors, and then the aligned bytes of each
 * tensor.
 *
 * @param file the file
 * @param metadata values by key: String, Boolean, Long (all integers), Double (all floats) or a
 *     List of these types
 * @param tensors the tensors under the file's names
 */
public record Gguf(Path file, Map<String, Object> metadata, TensorSource tensors) {

  private static final int MAGIC = 0x46554747; // "GGUF", little-endian

  /**
   * Opens a file: reads the header and checks every length in it against the file's size.
   *
   * @throws IllegalArgumentException if the file is not GGUF, is cut off, is corrupt, or stores a
   *     tensor in an unknown type; the message names the file and the field
   */
  public static Gguf open(Path file) {
    try (FileChannel channel = FileChannel.open(file)) {
      long size = channel.size();
      ByteBuffer head =
          channel.map(FileChannel.MapMode.READ_ONLY, 0, Math.min(size, Integer.MAX_VALUE));
      return read(new GgufHeader(file, head), size);
    } catch (IOException e) {
      throw new UncheckedIOException(file + " cannot be read: " + e.getMessage(), e);
    }
  }

  private static Gguf read(GgufHeader header, long fileBytes) {
    Path file = header.file();
    if (header.int32("magic") != MAGIC) {
      throw header.broken("magic", "the file does not begin with GGUF, so it is not a GGUF file");
    }
    int version = header.int32("version");
    if (version != 2 && version != 3) {
      throw header.broken("version", "the version is " + version + "; 2 and 3 are supported");
    }
    long tensorCount = header.count("tensor count", 24);
    long pairCount = header.count("metadata count", 13);
    Map<String, Object> metadata = new LinkedHashMap<>();
    for (long i = 0; i < pairCount; i++) {
      String key = header.text("metadata key " + i);
      Object value = header.value(key, header.int32("type of " + key));
      if (metadata.put(key, value) != null) {
        throw header.broken(key, "the field stands twice in the file");
      }
    }
    record Entry(String name, Shape shape, StorageType type, long offset) {}
    Map<String, Entry> entries = new LinkedHashMap<>();
    for (long i = 0; i < tensorCount; i++) {
      String name = header.text("tensor name " + i);
      int dimensions = header.int32("dimensions of tensor " + name);
      if (dimensions < 1 || dimensions > 4) {
        throw header.broken(
            "dimensions of tensor " + name,
            "the tensor has " + dimensions + " dimensions; 1 to 4 are allowed");
      }
      long[] shape = new long[dimensions];
      for (int d = dimensions - 1; d >= 0; d--) { // GGUF lists the innermost dimension first
        shape[d] = header.int64("shape of tensor " + name);
        if (shape[d] < 0) {
          throw header.broken("shape of tensor " + name, "a size is negative");
        }
      }
      StorageType type;
      try {
        type = StorageType.ofGguf(header.int32("type of tensor " + name));
      } catch (IllegalArgumentException e) {
        throw header.broken("type of tensor " + name, e.getMessage());
      }
      long offset = header.int64("offset of tensor " + name);
      if (entries.put(name, new Entry(name, new Shape(shape), type, offset)) != null) {
        throw header.broken("tensor name " + i, "the tensor " + name + " stands twice in the file");
      }
    }
    long alignment = metadata.get("general.alignment") instanceof Long given ? given : 32;
    if (Long.bitCount(alignment) != 1 || alignment < 1 || alignment > fileBytes) {
      throw header.broken(
          "general.alignment",
          "the value " + alignment + " is no power of two below the file's size");
    }
    long data = (header.position() + alignment - 1) / alignment * alignment;
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    entries.forEach(
        (name, entry) ->
            tensors.put(
                name,
                new StoredTensor(
                        file,
                        name,
                        entry.type(),
                        entry.shape(),
                        position(header, data, entry.offset(), name))
                    .checked(fileBytes)));
    return new Gguf(file, metadata, new StoredTensors(file, tensors));
  }

  private static long position(GgufHeader header, long data, long offset, String name) {
    if (offset < 0 || data + offset < 0) {
      throw header.broken("offset of tensor " + name, "the offset is " + offset);
    }
    return data + offset;
  }

  /**
   * Reads a text field of the metadata.
   *
   * @throws IllegalArgumentException if the field is missing
   */
  public String text(String key) {
    return required(key, String.class);
  }

  /**
   * Reads a whole-number field of the metadata.
   *
   * @throws IllegalArgumentException if the field is missing
   */
  public long number(String key) {
    return required(key, Long.class);
  }

  /**
   * Reads a floating-point field of the metadata.
   *
   * @throws IllegalArgumentException if the field is missing
   */
  public double fraction(String key) {
    return required(key, Double.class);
  }

  /**
   * Reads a list field of the metadata.
   *
   * @param type type of the elements
   * @throws IllegalArgumentException if the field is missing or has another type
   */
  public <T> List<T> list(String key, Class<T> type) {
    List<?> list = required(key, List.class);
    if (!list.stream().allMatch(type::isInstance)) {
      throw new IllegalArgumentException(
          file + ": metadata field " + key + " is not a list of " + type.getSimpleName());
    }
    return list.stream().<T>map(type::cast).toList();
  }

  private <T> T required(String key, Class<T> type) {
    Object value = metadata.get(key);
    if (!type.isInstance(value)) {
      throw new IllegalArgumentException(
          file
              + ": metadata field "
              + key
              + (value == null
                  ? " is missing"
                  : " is of type "
                      + value.getClass().getSimpleName()
                      + ", not "
                      + type.getSimpleName()));
    }
    return type.cast(value);
  }
}
