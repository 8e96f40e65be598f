package tare.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.management.ThreadMXBean;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tare.format.Gguf;

/**
 * Seeded mutations of each file of a checkpoint: it is opened and read as if nothing were wrong, or
 * refused by an IllegalArgumentException that names the file; no more memory is taken than a few
 * times what the intact file takes.
 */
class MalformedCheckpointTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final long SLACK_BYTES = 4 << 20;
  private static final int TIMES = 4;
  private static final int ROUNDS = Integer.getInteger("tare.fuzz.rounds", 400);

  private static final long[] HOSTILE_NUMBERS = {
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
    Long.MIN_VALUE
  };
  private static final String[] HOSTILE_JSON = {
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
    "[-1]"
  };

  @TempDir Path folder;

  private static Path fixture(String name) throws URISyntaxException {
    return Path.of(MalformedCheckpointTest.class.getResource("/" + name).toURI());
  }

  /** A whole checkpoint of small shards, with a tokenizer. */
  private void copyFolder() throws IOException, URISyntaxException {
    for (String file : new String[] {"config.json", "model.safetensors.index.json"}) {
      Files.copy(fixture("families/qwen2").resolve(file), folder.resolve(file));
    }
    try (var shards = Files.list(fixture("families/qwen2"))) {
      for (Path shard : shards.filter(f -> f.toString().endsWith(".safetensors")).toList()) {
        Files.copy(shard, folder.resolve(shard.getFileName()));
      }
    }
    Files.writeString(
        folder.resolve("tokenizer.json"),
        GgufTokenizer.json(Gguf.open(fixture("tokenizer/smollm.gguf"))));
  }

  /** Opens a checkpoint and reads all of it. */
  private static void use(Path checkpoint) {
    Checkpoint opened = Checkpoint.open(checkpoint);
    for (String name : opened.tensors().names()) {
      opened.tensors().values(name);
    }
    opened.tokenizer().decode(opened.tokenizer().encode("In 1999 there were 3 sacks.\n"));
  }

  private static long allocated(Runnable action) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    action.run();
    return threads.getCurrentThreadAllocatedBytes() - before;
  }

  /** Mutates one file a number of times; the seed is all that the mutations depend on. */
  private void fuzz(Path checkpoint, Path file, int rounds, long seed, Mutation mutation)
      throws IOException {
    byte[] intact = Files.readAllBytes(file);
    use(checkpoint);
    long most = TIMES * allocated(() -> use(checkpoint)) + SLACK_BYTES;
    SplittableRandom random = new SplittableRandom(seed);
    int refused = 0;
    for (int round = 0; round < rounds; round++) {
      Files.write(file, mutation.of(intact, random));
      List<Throwable> thrown = new ArrayList<>();
      long bytes = allocated(() -> keep(thrown, () -> use(checkpoint)));
      for (Throwable failure : thrown) {
        refused++;
        assertThat(failure).as("round %d", round).isInstanceOf(IllegalArgumentException.class);
        assertThat(failure).as("round %d", round).hasMessageContaining(folder.toString());
      }
      assertThat(bytes).as("bytes taken in round %d", round).isLessThan(most);
    }
    Files.write(file, intact);
    assertThat(refused).isGreaterThan(rounds / 10);
  }

  private static void keep(List<Throwable> thrown, Runnable action) {
    try {
      action.run();
    } catch (Throwable e) {
      thrown.add(e);
    }
  }

  /** A changed copy of a file. */
  @FunctionalInterface
  private interface Mutation {
    byte[] of(byte[] intact, SplittableRandom random) throws IOException;
  }

  /** One to three changes within the first bytes of a file, where its header is. */
  private static Mutation bytes(int header) {
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
    long hostile = HOSTILE_NUMBERS[random.nextInt(HOSTILE_NUMBERS.length)];
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

  /** Half of the time bytes are changed, else a value, or a name, somewhere in the tree. */
  private static Mutation json() {
    Mutation bytes = bytes(Integer.MAX_VALUE);
    return (intact, random) ->
        random.nextBoolean() ? bytes.of(intact, random) : tree(intact, random);
  }

  private static byte[] tree(byte[] intact, SplittableRandom random) throws IOException {
    JsonNode tree = JSON.readTree(intact);
    List<Consumer<JsonNode>> places = new ArrayList<>();
    collect(tree, places, random, 0);
    String value = HOSTILE_JSON[random.nextInt(HOSTILE_JSON.length)];
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

  @Test
  void gguf() throws IOException, URISyntaxException {
    Path file = Files.copy(fixture("tokenizer/qwen2.gguf"), folder.resolve("model.gguf"));
    fuzz(file, file, ROUNDS, 1, bytes(16_000));
    fuzz(file, file, ROUNDS, 2, bytes(400));
  }

  @Test
  void safetensors() throws IOException, URISyntaxException {
    copyFolder();
    Path shard = folder.resolve("model-00001-of-00002.safetensors");
    fuzz(folder, shard, ROUNDS, 3, bytes(2_000));
    fuzz(folder, shard, ROUNDS / 4, 4, bytes(16));
  }

  @Test
  void safetensorsHeaderAsATree() throws IOException, URISyntaxException {
    copyFolder();
    Path shard = folder.resolve("model-00001-of-00002.safetensors");
    fuzz(
        folder,
        shard,
        ROUNDS,
        5,
        (intact, random) -> {
          ByteBuffer whole = ByteBuffer.wrap(intact).order(ByteOrder.LITTLE_ENDIAN);
          int length = (int) whole.getLong(0);
          byte[] header = tree(Arrays.copyOfRange(intact, 8, 8 + length), random);
          ByteArrayOutputStream out = new ByteArrayOutputStream();
          byte[] size = new byte[8];
          ByteBuffer.wrap(size).order(ByteOrder.LITTLE_ENDIAN).putLong(header.length);
          out.writeBytes(size);
          out.writeBytes(header);
          out.write(intact, 8 + length, intact.length - 8 - length);
          return out.toByteArray();
        });
  }

  @Test
  void index() throws IOException, URISyntaxException {
    copyFolder();
    fuzz(folder, folder.resolve("model.safetensors.index.json"), ROUNDS, 6, json());
  }

  @Test
  void config() throws IOException, URISyntaxException {
    copyFolder();
    fuzz(folder, folder.resolve("config.json"), 2 * ROUNDS, 7, json());
  }

  @Test
  void tokenizer() throws IOException, URISyntaxException {
    copyFolder();
    fuzz(folder, folder.resolve("tokenizer.json"), ROUNDS, 8, json());
  }
}
