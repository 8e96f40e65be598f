package tare.format;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.stream.LongStream;

/** Makes a changed copy of a file, for tests of what is said about a damaged one. */
@FunctionalInterface
public interface Mutation {

  /** The changed content; the random numbers are all that it depends on. */
  byte[] of(byte[] intact, SplittableRandom random) throws IOException;

  /** Tells on a long run how many mutants of a file were refused. */
  static void tell(Object file, int refused, int rounds) {
    if (Integer.getInteger("tare.fuzz.rounds") != null) {
      System.out.printf(Locale.ROOT, "%s: %d mutants, %d refused%n", file, rounds, refused);
    }
  }

  ObjectMapper JSON = new ObjectMapper();

  List<Long> HOSTILE_NUMBERS =
      LongStream.of(
              0,
              1,
              -1,
              7,
              31,
              33,
              255,
              65536,
              Integer.MAX_VALUE,
              Integer.MIN_VALUE,
              1L << 32,
              1L << 40,
              1L << 61,
              Long.MAX_VALUE,
              Long.MIN_VALUE)
          .boxed()
          .toList();
  List<String> HOSTILE_JSON =
      List.of(
          "null",
          "true",
          "\"\"",
          "\"x\"",
          "\"../../x\"",
          "[]",
          "{}",
          "[null]",
          "[[[]]]",
          "{\"a\":1}",
          "0",
          "-1",
          "1",
          "3",
          "0.5",
          "-0.0",
          "1e400",
          "1e-400",
          "2147483647",
          "2147483648",
          "4294967296",
          "9223372036854775807",
          "18446744073709551616",
          "\"\\u0000\"",
          "\"\\ud800\"",
          "[1,2,3]",
          "[-1]");

  /** One to three changes within the first bytes of a file, where its header is. */
  static Mutation bytes(int header) {
    return (intact, random) -> {
      byte[] changed = intact;
      for (int change = random.nextInt(1, 4); change > 0; change--) {
        changed = changed(changed, Math.min(header, changed.length), random);
      }
      return changed;
    };
  }

  private static byte[] changed(byte[] bytes, int header, SplittableRandom random) {
    if (header < 16) {
      return bytes;
    }
    byte[] copy = bytes.clone();
    int at = random.nextInt(header);
    ByteBuffer buffer = ByteBuffer.wrap(copy).order(ByteOrder.LITTLE_ENDIAN);
    long hostile = HOSTILE_NUMBERS.get(random.nextInt(HOSTILE_NUMBERS.size()));
    switch (random.nextInt(7)) {
      case 0 -> copy[at] ^= (byte) (1 << random.nextInt(8));
      case 1 -> copy[at] = (byte) random.nextInt(256);
      case 2 -> buffer.putLong(Math.min(at, copy.length - 8), hostile);
      case 3 -> buffer.putInt(Math.min(at, copy.length - 4), (int) hostile);
      case 4 -> copy = Arrays.copyOf(copy, random.nextInt(copy.length));
      case 5 -> copy = spliced(copy, at, Math.min(copy.length, at + random.nextInt(1, 40)), at);
      default -> copy = spliced(copy, at, at, Math.max(0, at - random.nextInt(1, 40)));
    }
    return copy;
  }

  /** Without the bytes [from, to), and with those of [source, from) once more before them. */
  private static byte[] spliced(byte[] bytes, int from, int to, int source) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(bytes, 0, from);
    out.write(bytes, source, from - source);
    out.write(bytes, to, bytes.length - to);
    return out.toByteArray();
  }

  /**
   * Once in five times bytes are changed, else a value, or a name, somewhere in the tree, which
   * leaves valid JSON.
   */
  static Mutation json() {
    Mutation bytes = bytes(Integer.MAX_VALUE);
    return (intact, random) ->
        random.nextInt(5) == 0 ? bytes.of(intact, random) : tree(intact, random);
  }

  static byte[] tree(byte[] intact, SplittableRandom random) throws IOException {
    JsonNode tree = JSON.readTree(intact);
    List<Consumer<JsonNode>> places = new ArrayList<>();
    collect(tree, places, random, 0);
    String value = HOSTILE_JSON.get(random.nextInt(HOSTILE_JSON.size()));
    places.get(random.nextInt(places.size())).accept(JSON.readTree(value));
    return JSON.writeValueAsString(tree).getBytes(StandardCharsets.UTF_8);
  }

  /** All places of a tree that hold a value; of long lists and objects only some. */
  private static void collect(
      JsonNode node, List<Consumer<JsonNode>> places, SplittableRandom random, int depth) {
    if (node instanceof ObjectNode object) {
      for (var entry : object.properties()) {
        if (object.size() < 40 || random.nextInt(object.size()) < 10) {
          places.add(value -> object.set(entry.getKey(), value));
          places.add(value -> object.remove(entry.getKey()));
          collect(entry.getValue(), places, random, depth + 1);
        }
      }
    } else if (node instanceof ArrayNode array) {
      for (int i = 0; i < array.size(); i++) {
        int index = i;
        if (array.size() < 40 || random.nextInt(array.size()) < 10) {
          places.add(value -> array.set(index, value));
          collect(array.get(i), places, random, depth + 1);
        }
      }
    }
  }
}
