package tare.format;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads a GGUF header from front to back. Each length is checked against the remaining bytes before
 * it is used.
 */
final class GgufHeader {

  private static final int TEXT = 8;
  private static final int LIST = 9;

  private final Path file;
  private final ByteBuffer bytes;

  GgufHeader(Path file, ByteBuffer bytes) {
    this.file = file;
    this.bytes = bytes.order(ByteOrder.LITTLE_ENDIAN);
  }

  Path file() {
    return file;
  }

  long position() {
    return bytes.position();
  }

  int int32(String field) {
    need(4, field);
    return bytes.getInt();
  }

  long int64(String field) {
    need(8, field);
    return bytes.getLong();
  }

  /**
   * Reads a number of entries, each of which takes at least {@code leastBytesEach} bytes. A corrupt
   * count is therefore found before memory is allocated for it.
   */
  long count(String field, int leastBytesEach) {
    long count = int64(field);
    if (count < 0 || count > bytes.remaining() / leastBytesEach) {
      throw broken(field, "the header claims " + count + " entries, more than the file can hold");
    }
    return count;
  }

  String text(String field) {
    byte[] text = new byte[(int) count("length of " + field, 1)];
    bytes.get(text);
    return new String(text, StandardCharsets.UTF_8);
  }

  /** Reads a metadata value of a GGUF value type. */
  Object value(String field, int type) {
    if (type == TEXT) {
      return text(field);
    }
    if (type == LIST) {
      return list(field);
    }
    need(width(type, field), field);
    return scalar(type);
  }

  private List<Object> list(String field) {
    int type = int32("element type of " + field);
    if (type == LIST) {
      throw broken(field, "nested lists are not supported");
    }
    long count = count("length of " + field, type == TEXT ? 8 : width(type, field));
    List<Object> list = new ArrayList<>((int) count);
    for (long i = 0; i < count; i++) {
      list.add(value(field, type));
    }
    return list;
  }

  private Object scalar(int type) {
    return switch (type) {
      case 0 -> (long) (bytes.get() & 0xff);
      case 1 -> (long) bytes.get();
      case 2 -> (long) (bytes.getShort() & 0xffff);
      case 3 -> (long) bytes.getShort();
      case 4 -> bytes.getInt() & 0xffffffffL;
      case 5 -> (long) bytes.getInt();
      case 6 -> (double) bytes.getFloat();
      case 7 -> bytes.get() != 0;
      case 12 -> bytes.getDouble();
      default -> bytes.getLong(); // 10 unsigned, 11 signed
    };
  }

  private int width(int type, String field) {
    return switch (type) {
      case 0, 1, 7 -> 1;
      case 2, 3 -> 2;
      case 4, 5, 6 -> 4;
      case 10, 11, 12 -> 8;
      default -> throw broken(field, "value type " + type + " is unknown");
    };
  }

  private void need(int count, String field) {
    if (bytes.remaining() < count) {
      throw broken(
          field,
          "the file ends at byte "
              + bytes.limit()
              + ", within this field. It is cut off: fetch it again");
    }
  }

  IllegalArgumentException broken(String field, String what) {
    return new IllegalArgumentException(file + ": GGUF field \"" + field + "\": " + what + ".");
  }
}
