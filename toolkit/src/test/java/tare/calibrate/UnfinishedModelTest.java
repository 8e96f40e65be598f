package tare.calibrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tare.compress.Compressed;
import tare.compress.Compressor;
import tare.compress.Gptaq;
import tare.compress.Gptq;
import tare.compress.LayerInputs;
import tare.compress.Observed;
import tare.compress.Recipe;
import tare.compress.Rtn;
import tare.compress.SmoothScale;
import tare.data.Budget;
import tare.data.CalibrationSet;
import tare.data.Progress;
import tare.data.Sample;
import tare.model.Checkpoint;
import tare.model.SpecialTokens;
import tare.tensor.BrainFloat;
import tare.tensor.StorageType;

/**
 * Compression into a folder: block by block, in the form of the original, and with the same result
 * if it is killed on the way. The model has three blocks, bfloat16 weights and several shards.
 */
class UnfinishedModelTest {

  private static final int LINEARS_OF_A_BLOCK = 7;
  private static final Recipe RECIPE =
      new Recipe("smooth+gptq", List.of(new SmoothScale(0.5)), new Gptq(4, 16));

  @TempDir private Path scratch;
  private Checkpoint original;

  /** Calls another compressor so often, then stops as if the process were killed. */
  private record Killed(Compressor other, AtomicInteger left) implements Compressor {
    @Override
    public Compressed compress(NDArray weight, LayerInputs inputs) {
      if (left.getAndDecrement() == 0) {
        throw new IllegalStateException("killed");
      }
      return other.compress(weight, inputs);
    }

    @Override
    public boolean propagates() {
      return other.propagates();
    }

    @Override
    public Set<Observed> needs() {
      return other.needs();
    }

    @Override
    public String toString() {
      return other.name();
    }
  }

  @BeforeEach
  void open() throws IOException, URISyntaxException {
    Path folder = Files.createDirectory(scratch.resolve("original"));
    Path fixture = Path.of(UnfinishedModelTest.class.getResource("/llama/untied").toURI());
    for (String name : names(fixture)) {
      Files.copy(fixture.resolve(name), folder.resolve(name));
    }
    Files.copy(Path.of("../data/tiny/tokenizer.json"), folder.resolve("tokenizer.json"));
    original = Checkpoint.open(folder);
  }

  private static Set<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return Set.copyOf(files.map(file -> file.getFileName().toString()).toList());
    }
  }

  private static Map<String, byte[]> bytes(Path folder) throws IOException {
    Map<String, byte[]> bytes = new TreeMap<>();
    for (String name : names(folder)) {
      bytes.put(name, Files.readAllBytes(folder.resolve(name)));
    }
    return bytes;
  }

  private static Optional<CalibrationSet> set() {
    Random random = new Random(5);
    List<Sample> samples =
        Stream.of(24, 24, 24, 10)
            .map(n -> new Sample("d" + n, "invented", "", random.ints(n, 0, 256).toArray()))
            .map(sample -> sample.tokens().length < 24 ? weighted(sample) : sample)
            .toList();
    return Optional.of(new CalibrationSet("Invented", new Budget(4, 24), samples));
  }

  /** Weights must be the same when a run goes on. */
  private static Sample weighted(Sample sample) {
    float[] weights = new float[sample.tokens().length];
    Arrays.fill(weights, 2, weights.length, 0.5f);
    return sample.weighted(weights);
  }

  private CompressedModel run(String folder, Recipe recipe) throws IOException {
    return run(folder, recipe, Progress.NONE);
  }

  private CompressedModel run(String folder, Recipe recipe, Progress progress) throws IOException {
    return new BlockByBlock(48)
        .compressInto(scratch.resolve(folder), original, set(), recipe, Device.cpu(), progress);
  }

  private static Recipe killedAfter(int linears) {
    return killed(RECIPE, linears);
  }

  private static Recipe killed(Recipe recipe, int linears) {
    return new Recipe(
        recipe.name(),
        recipe.rescalers(),
        new Killed(recipe.compressor(), new AtomicInteger(linears)));
  }

  @Test
  void theFolderHasTheFormOfTheOriginal() throws IOException {
    CompressedModel model = run("whole", RECIPE);
    Set<String> files = names(scratch.resolve("whole"));
    assertThat(files).contains("model.safetensors.index.json", "config.json", "tokenizer.json");
    assertThat(files.stream().filter(name -> name.endsWith(".safetensors")))
        .hasSizeGreaterThan(1)
        .allSatisfy(
            name ->
                assertThat(Files.size(scratch.resolve("whole").resolve(name)))
                    .isEqualTo(Files.size(original.path().resolve(name))));
    assertThat(files).noneMatch(name -> name.contains("hidden-") || name.contains("progress"));
    CompressedModel inMemory =
        new BlockByBlock(48)
            .compress(original, set().orElseThrow(), RECIPE, Device.cpu(), Progress.NONE);
    for (String name : original.tensors().names()) {
      float[] written = model.checkpoint().tensors().values(name);
      float[] wanted = inMemory.checkpoint().tensors().values(name);
      for (int i = 0; i < wanted.length; i++) { // half a unit in the last of 8 binary places
        assertThat(Math.abs(written[i] - wanted[i])).isLessThanOrEqualTo(Math.abs(wanted[i]) / 256);
        assertThat(Float.floatToRawIntBits(written[i]) & 0xffff).isZero();
      }
    }
    assertThat(model.bitsPerWeight()).isEqualTo(inMemory.bitsPerWeight());
    assertThat(model.layers()).hasSize(3 * LINEARS_OF_A_BLOCK);
  }

  /** Killed in the middle of the second block, and again in the third. */
  @Test
  void aKilledRunGoesOnAndGivesTheSame() throws IOException {
    run("whole", RECIPE);
    assertThatThrownBy(() -> run("killed", killedAfter(LINEARS_OF_A_BLOCK + 3)))
        .hasMessageContaining("killed");
    assertThatThrownBy(() -> Checkpoint.open(scratch.resolve("killed")))
        .as("it is no checkpoint yet")
        .hasMessageContaining("config.json");
    assertThatThrownBy(() -> run("killed", killedAfter(LINEARS_OF_A_BLOCK)))
        .as("one more block is done")
        .hasMessageContaining("killed");
    assertThat(run("killed", killedAfter(LINEARS_OF_A_BLOCK)).layers())
        .hasSize(3 * LINEARS_OF_A_BLOCK);
    assertSameFiles("killed", "whole");
  }

  @Test
  void bothStreamsOfAKilledRunGoOn() throws IOException {
    Recipe gptaq = new Gptaq(4, 16).alpha(1).recipe();
    run("whole", gptaq);
    assertThatThrownBy(() -> run("killed", killed(gptaq, LINEARS_OF_A_BLOCK + 3)))
        .hasMessageContaining("killed");
    run("killed", gptaq);
    assertSameFiles("killed", "whole");
  }

  /** What is left to do is to make the folder a checkpoint: no linear is compressed. */
  @Test
  void aRunKilledAfterItsLastBlockGoesOnAndGivesTheSame() throws IOException {
    run("whole", RECIPE);
    Progress killing =
        (stage, done, total) -> {
          if (done == total) {
            throw new IllegalStateException("killed");
          }
        };
    assertThatThrownBy(() -> run("killed", RECIPE, killing)).hasMessageContaining("killed");
    assertThat(run("killed", killedAfter(0)).layers()).hasSize(3 * LINEARS_OF_A_BLOCK);
    assertSameFiles("killed", "whole");
  }

  private void assertSameFiles(String folder, String other) throws IOException {
    Map<String, byte[]> wanted = bytes(scratch.resolve(other));
    Map<String, byte[]> found = bytes(scratch.resolve(folder));
    assertThat(found.keySet()).isEqualTo(wanted.keySet());
    wanted.forEach((name, bytes) -> assertThat(found.get(name)).as(name).isEqualTo(bytes));
  }

  @Test
  void theWorkOfOtherSettingsIsRefused() {
    assertThatThrownBy(() -> run("killed", killedAfter(LINEARS_OF_A_BLOCK)))
        .hasMessageContaining("killed");
    Recipe other = new Recipe("rtn", new Rtn(4, 16));
    assertThatThrownBy(() -> run("killed", other))
        .hasMessageContaining("unfinished work of another run")
        .hasMessageContaining("SmoothScale")
        .hasMessageContaining("Rtn");
  }

  @Test
  void aFolderWithAModelIsRefused() throws IOException {
    run("whole", new Recipe("rtn", new Rtn(4, 16)));
    assertThatThrownBy(() -> run("whole", RECIPE)).hasMessageContaining("holds a checkpoint");
  }

  @Test
  void aGgufFileIsWrittenAsFloat32() throws IOException, URISyntaxException {
    Path file = Path.of(UnfinishedModelTest.class.getResource("/tokenizer/smollm.gguf").toURI());
    Checkpoint gguf = Checkpoint.open(file);
    Recipe rtn = new Recipe("rtn", new Rtn(3, 16));
    CompressedModel written =
        new BlockByBlock()
            .compressInto(
                scratch.resolve("gguf"), gguf, Optional.empty(), rtn, Device.cpu(), Progress.NONE);
    CompressedModel inMemory = new BlockByBlock().compress(gguf, rtn, Device.cpu(), Progress.NONE);
    for (String name : gguf.tensors().names()) {
      assertThat(written.checkpoint().tensors().values(name))
          .isEqualTo(inMemory.checkpoint().tensors().values(name));
    }
    assertThat(SpecialTokens.of(written.checkpoint())).isEqualTo(SpecialTokens.of(gguf));
  }

  @Test
  void aGgufFileWithANumberThatIsNotFiniteLeavesNoFolder() throws IOException, URISyntaxException {
    Path file = Path.of(UnfinishedModelTest.class.getResource("/tokenizer/smollm.gguf").toURI());
    byte[] bytes = Files.readAllBytes(file);
    Arrays.fill(bytes, bytes.length - 512, bytes.length, (byte) 0xff); // NaN in the last tensor
    Checkpoint gguf = Checkpoint.open(Files.write(scratch.resolve("broken.gguf"), bytes));
    Path out = scratch.resolve("broken");
    assertThatThrownBy(
            () ->
                new BlockByBlock()
                    .compressInto(
                        out,
                        gguf,
                        Optional.empty(),
                        new Recipe("rtn", new Rtn(3, 16)),
                        Device.cpu(),
                        Progress.NONE))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("blk.1.ffn_down.weight")
        .hasMessageContaining("not finite");
    assertThat(out).doesNotExist();
  }

  /** Half the bytes; each weight is the nearest bfloat16 of the method's number. */
  @Test
  void aGgufFileIsWrittenIn16BitsIfAsked() throws IOException, URISyntaxException {
    Path file = Path.of(UnfinishedModelTest.class.getResource("/tokenizer/smollm.gguf").toURI());
    Checkpoint gguf = Checkpoint.open(file);
    Recipe rtn = new Recipe("rtn", new Rtn(3, 16));
    BlockByBlock halves = new BlockByBlock().writing(StorageType.BF16);
    Path out = scratch.resolve("halves");
    CompressedModel written =
        halves.compressInto(out, gguf, Optional.empty(), rtn, Device.cpu(), Progress.NONE);
    CompressedModel inMemory = new BlockByBlock().compress(gguf, rtn, Device.cpu(), Progress.NONE);
    for (String name : gguf.tensors().names()) {
      float[] rounded = inMemory.checkpoint().tensors().values(name).clone();
      for (int i = 0; i < rounded.length; i++) {
        rounded[i] = Float.intBitsToFloat(BrainFloat.bits(rounded[i]) << 16);
      }
      assertThat(written.checkpoint().tensors().values(name)).isEqualTo(rounded);
    }
    assertThat(out.resolve("config.json")).content().contains("\"bfloat16\"");

    Checkpoint folder = written.checkpoint();
    Path again = scratch.resolve("again");
    assertThatThrownBy(
            () ->
                halves.compressInto(
                    again, folder, Optional.empty(), rtn, Device.cpu(), Progress.NONE))
        .hasMessageContaining("keeps its own number formats");
    assertThat(again).doesNotExist();
  }
}
