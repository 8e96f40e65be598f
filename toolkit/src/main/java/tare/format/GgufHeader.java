package tare.format;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

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
    int width = width(type, field);
    need(width, field);
    bytes.position(bytes.position() + width);
    return scalar(bytes, bytes.position() - width, type);
  }

  private List<Object> list(String field) {
    int type = int32("element type of " + field);
    if (type == LIST) {
      throw broken(field, "nested lists are not supported");
    }
    if (type != TEXT) {
      return numbers(type, count("length of " + field, width(type, field)), field);
    }
    long count = count("length of " + field, 8);
    List<Object> list = new ArrayList<>(); // grows with what was read, not with what is claimed
    for (long i = 0; i < count; i++) {
      list.add(text(field));
    }
    return list;
  }

  /** Numbers that stay in the file until they are asked for. */
  private List<Object> numbers(int type, long count, String field) {
    int width = width(type, field);
    int size = (int) (count * width);
    ByteBuffer numbers = bytes.slice(bytes.position(), size).order(ByteOrder.LITTLE_ENDIAN);
    bytes.position(bytes.position() + size);
    return new AbstractList<>() {
      @Override
      public Object get(int index) {
        return scalar(numbers, width * Objects.checkIndex(index, size()), type);
      }

      @Override
      public int size() {
        return (int) count;
      }
    };
  }

  private static Object scalar(ByteBuffer bytes, int at, int type) {
    return switch (type) {
      case 0 -> (long) (bytes.get(at) & 0xff);
      case 1 -> (long) bytes.get(at);
      case 2 -> (long) (bytes.getShort(at) & 0xffff);
      case 3 -> (long) bytes.getShort(at);
      case 4 -> bytes.getInt(at) & 0xffffffffL;
      case 5 -> (long) bytes.getInt(at);
      case 6 -> (double) bytes.getFloat(at);
      case 7 -> bytes.get(at) != 0;
      case 12 -> bytes.getDouble(at);
      default -> bytes.getLong(at); // 10 unsigned, 11 signed
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
