package tare.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tare.format.Gguf;
import tare.format.Mutation;

/**
 * Seeded mutations of each file of a checkpoint: it is opened and read as if nothing were wrong, or
 * refused by an IllegalArgumentException that names the file; no more memory is taken than a few
 * times what the intact file takes.
 */
class MalformedCheckpointTest {

  private static final long SLACK_BYTES = 4 << 20;
  private static final int TIMES = 4;
  private static final int ROUNDS = Integer.getInteger("tare.fuzz.rounds", 400);

  @TempDir Path folder;

  /** A whole checkpoint of small shards, with a tokenizer. */
  private void copyFolder() throws IOException, URISyntaxException {
    for (String file : new String[] {"config.json", "model.safetensors.index.json"}) {
      Files.copy(ModelFixture.folder("families/qwen2").resolve(file), folder.resolve(file));
    }
    try (var shards = Files.list(ModelFixture.folder("families/qwen2"))) {
      for (Path shard : shards.filter(f -> f.toString().endsWith(".safetensors")).toList()) {
        Files.copy(shard, folder.resolve(shard.getFileName()));
      }
    }
    Files.writeString(
        folder.resolve("tokenizer.json"),
        GgufTokenizer.json(Gguf.open(ModelFixture.folder("tokenizer/smollm.gguf"))));
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
    Mutation.tell(file.getFileName(), refused, rounds);
    assertThat(refused).isGreaterThan(rounds / 10);
  }

  private static void keep(List<Throwable> thrown, Runnable action) {
    try {
      action.run();
    } catch (Throwable e) {
      thrown.add(e);
    }
  }

  @Test
  void gguf() throws IOException, URISyntaxException {
    Path file =
        Files.copy(ModelFixture.folder("tokenizer/qwen2.gguf"), folder.resolve("model.gguf"));
    fuzz(file, file, ROUNDS, 1, Mutation.bytes(16_000));
    fuzz(file, file, ROUNDS, 2, Mutation.bytes(400));
  }

  @Test
  void safetensors() throws IOException, URISyntaxException {
    copyFolder();
    Path shard = folder.resolve("model-00001-of-00002.safetensors");
    fuzz(folder, shard, ROUNDS, 3, Mutation.bytes(2_000));
    fuzz(folder, shard, ROUNDS / 4, 4, Mutation.bytes(16));
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
          byte[] header = Mutation.tree(Arrays.copyOfRange(intact, 8, 8 + length), random);
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
    fuzz(folder, folder.resolve("model.safetensors.index.json"), ROUNDS, 6, Mutation.json());
  }

  @Test
  void config() throws IOException, URISyntaxException {
    copyFolder();
    fuzz(folder, folder.resolve("config.json"), 2 * ROUNDS, 7, Mutation.json());
  }

  @Test
  void tokenizer() throws IOException, URISyntaxException {
    copyFolder();
    fuzz(folder, folder.resolve("tokenizer.json"), ROUNDS, 8, Mutation.json());
  }
}
