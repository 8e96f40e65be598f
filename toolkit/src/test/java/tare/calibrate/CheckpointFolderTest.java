package tare.calibrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tare.compress.Compressed;
import tare.compress.Compressor;
import tare.compress.LayerInputs;
import tare.compress.Magnitude;
import tare.compress.Method;
import tare.compress.Recipe;
import tare.compress.Rotation;
import tare.compress.Rtn;
import tare.data.Progress;
import tare.export.AwqLayout;
import tare.export.CompressedTensorsLayout;
import tare.export.GptqLayout;
import tare.export.PackedFolder;
import tare.export.PackedLayout;
import tare.format.Safetensors;
import tare.format.SafetensorsWriter;
import tare.format.TensorBytes;
import tare.format.TensorSource;
import tare.model.Checkpoint;
import tare.model.DecoderModel;
import tare.model.ModelFixture;
import tare.model.Precision;
import tare.tensor.StorageType;

/**
 * What is written beside the weights and of the weights, if the original is contradictory, damaged,
 * read-only, or beyond float16.
 */
class CheckpointFolderTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Recipe RTN = new Recipe("rtn", new Rtn(4, 16));
  private static final String UP = "model.layers.0.mlp.up_proj.weight";
  private static final String LAST_NORM = "model.norm.weight";

  @TempDir private Path scratch;

  /** Fails at its first matrix. */
  private record Failing() implements Compressor {
    @Override
    public Compressed compress(NDArray weight, LayerInputs inputs) {
      throw new IllegalStateException("the first matrix");
    }

    @Override
    public boolean calibrated() {
      return false;
    }
  }

  private Path variant(String name, String how) throws IOException, URISyntaxException {
    Path from = ModelFixture.folder(name);
    ObjectNode config = (ObjectNode) JSON.readTree(from.resolve("config.json").toFile());
    return ModelFixture.variant(from, config, how, scratch);
  }

  /** The untied fixture with other values. */
  private Checkpoint changed(
      String name, StorageType type, BiFunction<String, float[], float[]> change)
      throws IOException, URISyntaxException {
    Path folder = Files.createDirectories(scratch.resolve(name));
    Path from = ModelFixture.folder("llama/untied");
    Files.copy(from.resolve("config.json"), folder.resolve("config.json"));
    Files.copy(Path.of("../data/tiny/tokenizer.json"), folder.resolve("tokenizer.json"));
    TensorSource source = Safetensors.open(from);
    Map<String, TensorBytes> tensors = new LinkedHashMap<>();
    for (String each : source.names()) {
      float[] values = change.apply(each, source.values(each));
      tensors.put(each, TensorBytes.of(type, source.shape(each), () -> values));
    }
    SafetensorsWriter.write(folder.resolve("model.safetensors"), tensors);
    return Checkpoint.open(folder);
  }

  private static float[] times(float[] values, float factor) {
    float[] product = values.clone();
    for (int i = 0; i < product.length; i++) {
      product[i] *= factor;
    }
    return product;
  }

  private CompressedModel dense(Checkpoint original, String out) throws IOException {
    return dense(original, RTN, out);
  }

  private CompressedModel dense(Checkpoint original, Method method, String out) throws IOException {
    return new BlockByBlock()
        .compressInto(
            scratch.resolve(out), original, Optional.empty(), method, Device.cpu(), Progress.NONE);
  }

  private static CompressedModel inMemory(Checkpoint original, Method method) {
    return new BlockByBlock().compress(original, method, Device.cpu(), Progress.NONE);
  }

  private static Set<String> files(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      return new TreeSet<>(
          all.filter(Files::isRegularFile).map(f -> folder.relativize(f).toString()).toList());
    }
  }

  @Test
  void whatLiesBesideTheWeightsTravels() throws IOException, URISyntaxException {
    Path folder = variant("llama/tied", "none");
    String[] travel = {
      "LICENSE",
      "added_tokens.json",
      "additional_chat_templates/tool_use.jinja",
      "chat_template.jinja",
      "chat_template.json",
      "merges.txt",
      "special_tokens_map.json",
      "tokenizer.model",
      "tokenizer_config.json",
      "vocab.json"
    };
    String[] stay = {
      "README.md",
      ".gitattributes",
      "pytorch_model.bin",
      "consolidated.00.pth",
      "consolidated.safetensors",
      "model-q4.gguf",
      "tf_model.h5",
      "flax_model.msgpack",
      "pytorch_model.bin.index.json",
      "onnx/model.onnx",
      "onnx/vocab.json",
      "checkpoint-500/config.json",
      "checkpoint-500/trainer_state.json",
      ".cache/note.txt"
    };
    for (String name : Stream.concat(Stream.of(travel), Stream.of(stay)).toList()) {
      Files.createDirectories(folder.resolve(name).getParent());
      Files.writeString(folder.resolve(name), "{}");
    }
    Checkpoint original = Checkpoint.open(folder);
    dense(original, "dense");
    PackedFolder.write(
        inMemory(original, RTN), new CompressedTensorsLayout(), scratch.resolve("packed"));
    for (String out : new String[] {"dense", "packed"}) {
      Set<String> wanted = new TreeSet<>(List.of(travel));
      wanted.addAll(List.of("config.json", "model.safetensors", "tokenizer.json"));
      assertThat(files(scratch.resolve(out))).as(out).isEqualTo(wanted);
    }
    assertThat(CheckpointFolder.notCopied(original).stream().map(Path::toString))
        .as("weights of other programs are named, and models in sub-folders")
        .containsExactly(
            "checkpoint-500",
            "consolidated.00.pth",
            "consolidated.safetensors",
            "flax_model.msgpack",
            "model-q4.gguf",
            "onnx",
            "pytorch_model.bin",
            "pytorch_model.bin.index.json",
            "tf_model.h5");
  }

  @Test
  void aCopyCanBeWrittenEvenIfTheOriginalCannot() throws IOException, URISyntaxException {
    Path folder = variant("llama/tied", "none");
    for (String file : files(folder)) {
      Files.setPosixFilePermissions(
          folder.resolve(file), PosixFilePermissions.fromString("r--r--r--"));
    }
    dense(Checkpoint.open(folder), "dense");
    for (String file : files(scratch.resolve("dense"))) {
      assertThat(
              PosixFilePermissions.toString(
                  Files.getPosixFilePermissions(scratch.resolve("dense").resolve(file))))
          .as(file)
          .startsWith("rw-");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"nothing", "deep/er", "there"})
  void aRunThatFailsAtItsStartLeavesNothing(String out) throws IOException, URISyntaxException {
    Checkpoint original = Checkpoint.open(variant("llama/tied", "none"));
    Path mine = Files.createDirectory(scratch.resolve("there")).resolve("mine.txt");
    Files.writeString(mine, "mine");
    Set<String> before = files(scratch);
    Recipe failing = new Recipe("failing", new Failing());
    assertThatThrownBy(() -> dense(original, failing, out)).hasMessageContaining("first matrix");
    assertThat(files(scratch)).isEqualTo(before);
    assertThat(scratch.resolve("nothing")).doesNotExist();
    assertThat(scratch.resolve("deep")).doesNotExist();
    assertThat(mine).exists();
  }

  /** The copy is read as the original was: config.json says what was found in the tensors. */
  @ParameterizedTest
  @CsvSource({
    "bare, true, true",
    "same head, true, true",
    "other head, false, false",
    "head alone, true, true"
  })
  void whatIsWrittenOfAContradictoryCheckpointIsReadTheSame(
      String how, boolean tied, boolean written) throws IOException, URISyntaxException {
    Checkpoint original = Checkpoint.open(variant("llama/tied", how));
    assertThat(original.config().tiedHead()).isEqualTo(tied);
    assertThat(original.unused()).isEmpty();
    CompressedModel wanted = inMemory(original, RTN);
    CompressedModel found = dense(original, "dense");
    PackedFolder.write(wanted, new GptqLayout(2), scratch.resolve("packed"));
    for (String out : new String[] {"dense", "packed"}) {
      JsonNode config = JSON.readTree(scratch.resolve(out).resolve("config.json").toFile());
      assertThat(config.path("tie_word_embeddings").asBoolean()).as(out).isEqualTo(written);
    }
    assertThat(found.checkpoint().config()).isEqualTo(original.config());
    for (String name : original.tensors().names()) {
      assertThat(found.checkpoint().tensors().values(name))
          .as(name)
          .isEqualTo(wanted.checkpoint().tensors().values(name));
    }
  }

  @Test
  void tensorsThatTheModelDoesNotUseAreNamed() throws IOException, URISyntaxException {
    Path folder = variant("llama/tied", "inv_freq");
    assertThat(Checkpoint.open(folder).unused()).isEmpty();
    Map<String, TensorBytes> more = new LinkedHashMap<>();
    TensorSource source = Safetensors.open(folder);
    source
        .names()
        .forEach(n -> more.put(n, TensorBytes.float32(source.shape(n), () -> source.values(n))));
    more.put("score.weight", TensorBytes.float32(new Shape(1), () -> new float[1]));
    Path other = Files.createDirectory(scratch.resolve("other"));
    for (String beside : new String[] {"config.json", "tokenizer.json"}) {
      Files.copy(folder.resolve(beside), other.resolve(beside));
    }
    SafetensorsWriter.write(other.resolve("model.safetensors"), more);
    assertThat(Checkpoint.open(other).unused()).containsExactly("score.weight");
  }

  @ParameterizedTest
  @CsvSource({
    UP + ", NaN",
    UP + ", Infinity",
    "lm_head.weight, -Infinity",
    "model.embed_tokens.weight, NaN"
  })
  void valuesThatAreNotFiniteAreNamedBeforeAnythingIsWritten(String name, float wrong)
      throws IOException, URISyntaxException {
    Checkpoint broken =
        changed(
            "broken",
            StorageType.BF16,
            (each, values) -> {
              values[17] = each.equals(name) ? wrong : values[17];
              return values;
            });
    Recipe magnitude = new Recipe("magnitude", new Magnitude(0.5));
    Recipe rotated = new Rotation(7).then(new Rtn(4, 16)).recipe();
    for (Recipe recipe : List.of(RTN, magnitude, rotated)) {
      assertThatThrownBy(() -> dense(broken, recipe, "out"))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(name)
          .hasMessageContaining("not finite (" + wrong + ")");
    }
    assertThat(scratch.resolve("out")).doesNotExist();
    assertThatThrownBy(() -> PackedFolder.requireFits(broken, new GptqLayout(1)))
        .hasMessageContaining(name);
    assertThatThrownBy(() -> DecoderModel.load(broken, Device.cpu(), Precision.F32))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(name);
  }

  /** The same function, with the last norm and the head beyond what float16 can hold. */
  @Test
  void valuesBeyondFloat16KeepTheNumberFormatOfTheOriginal()
      throws IOException, URISyntaxException {
    Checkpoint moved =
        changed(
            "moved",
            StorageType.BF16,
            (name, values) ->
                switch (name) {
                  case "lm_head.weight" -> times(values, 0x1p-17f);
                  case LAST_NORM -> times(values, 0x1p17f);
                  default -> values;
                });
    CompressedModel model = inMemory(moved, new Recipe("rtn", new Rtn(8, 16).symmetric()));
    PackedFolder.write(model, new CompressedTensorsLayout(), scratch.resolve("packed"));
    TensorSource written = written(scratch.resolve("packed"));
    for (String name : List.of(LAST_NORM, "lm_head.weight", "model.embed_tokens.weight")) {
      assertThat(written.storage(name)).isEqualTo(StorageType.BF16);
      assertThat(written.values(name)).isEqualTo(moved.tensors().values(name));
    }
    JsonNode config = JSON.readTree(scratch.resolve("packed").resolve("config.json").toFile());
    assertThat(config.path("torch_dtype").asText()).isEqualTo("bfloat16");
    assertThat(config.has("dtype")).isFalse();
    assertThatThrownBy(() -> PackedFolder.requireFits(moved, new AwqLayout()))
        .hasMessageContaining("lm_head.weight")
        .hasMessageContaining("--format compressed-tensors");
    assertThatThrownBy(() -> PackedFolder.write(model, new AwqLayout(), scratch.resolve("awq")))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(scratch.resolve("awq")).doesNotExist();
  }

  /** The tensors of a packed folder that hold numbers as they are. */
  private TensorSource written(Path packed) throws IOException {
    byte[] file = Files.readAllBytes(packed.resolve("model.safetensors"));
    int length = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getInt();
    ObjectNode header = (ObjectNode) JSON.readTree(file, 8, length);
    header.properties().removeIf(e -> e.getValue().path("dtype").asText().startsWith("I"));
    byte[] text = header.toString().getBytes(StandardCharsets.UTF_8);
    Arrays.fill(file, 8, 8 + length, (byte) ' ');
    System.arraycopy(text, 0, file, 8, text.length);
    return Safetensors.openFile(Files.write(scratch.resolve("floats.safetensors"), file));
  }

  /** All factors are powers of two, so only the rounding of scales may differ. */
  @ParameterizedTest
  @ValueSource(ints = {4, 8})
  void scalesBelowFloat16AreKept(int bits) throws IOException, URISyntaxException {
    Recipe rtn = new Recipe("rtn", new Rtn(bits, 16));
    Checkpoint asIs = changed("asis", StorageType.F32, (name, values) -> values);
    Checkpoint moved =
        changed(
            "moved",
            StorageType.F32,
            (name, values) -> name.equals(UP) ? times(values, 0x1p-20f) : values);
    float[] wanted = inMemory(asIs, rtn).checkpoint().tensors().values(UP);
    CompressedModel compressed = inMemory(moved, rtn);
    PackedLayout.Settings settings = new PackedLayout.Settings(bits, 16, false, true);
    PackedFolder.requireScales(asIs, settings);
    assertThatThrownBy(() -> PackedFolder.requireScales(moved, settings)).hasMessageContaining(UP);
    assertThat(times(compressed.checkpoint().tensors().values(UP), 0x1p20f)).isEqualTo(wanted);
    assertThatThrownBy(
            () ->
                PackedFolder.write(
                    compressed, new CompressedTensorsLayout(), scratch.resolve("packed")))
        .hasMessageContaining(UP)
        .hasMessageContaining("--format dense");
    assertThat(scratch.resolve("packed")).doesNotExist();
  }

  @Test
  void aModelBeyondFloat16IsNotEvaluatedInIt() throws IOException, URISyntaxException {
    Checkpoint large =
        changed(
            "large",
            StorageType.F32,
            (name, values) -> name.equals(UP) ? times(values, 0x1p20f) : values);
    assertThatThrownBy(() -> DecoderModel.load(large, Device.cpu(), Precision.F16))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(UP)
        .hasMessageContaining("bf16 or f32");
  }
}
