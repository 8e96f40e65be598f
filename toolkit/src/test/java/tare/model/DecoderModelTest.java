package tare.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tare.NumericFixture;
import tare.format.Overlay;

/**
 * Logits against those of {@code transformers} on tiny random checkpoints
 * (src/test/python/make_model_fixtures.py).
 */
class DecoderModelTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  private static int[] ids(JsonNode tokens) {
    return JSON.convertValue(tokens, int[].class);
  }

  private static float[][] logits(DecoderModel model, int[][] tokens, int row) {
    try (NDManager scope = model.manager().newSubManager()) {
      Positions positions = Positions.causal(tokens[0].length, model.checkpoint().config(), scope);
      NDArray logits = model.logits(model.hidden(tokens, positions, scope).get(row));
      return rows(logits);
    }
  }

  private static float[][] rows(NDArray logits) {
    float[][] rows = new float[(int) logits.getShape().get(0)][];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = logits.get(i).toFloatArray();
    }
    return rows;
  }

  /** Largest difference over the largest expected value. */
  private static double difference(float[][] found, JsonNode expected, int places) {
    double most = 0;
    double scale = 0;
    for (int t = 0; t < places; t++) {
      for (int v = 0; v < found[t].length; v++) {
        double wanted = expected.get(t).get(v).asDouble();
        most = Math.max(most, Math.abs(found[t][v] - wanted));
        scale = Math.max(scale, Math.abs(wanted));
      }
    }
    return most / scale;
  }

  /** Root mean square of the differences over that of the expected values. */
  private static double distance(float[][] found, float[][] expected) {
    double differences = 0;
    double values = 0;
    for (int t = 0; t < expected.length; t++) {
      for (int v = 0; v < expected[t].length; v++) {
        differences += Math.pow(found[t][v] - expected[t][v], 2);
        values += Math.pow(expected[t][v], 2);
      }
    }
    return Math.sqrt(differences / values);
  }

  @ParameterizedTest
  @MethodSource("families")
  void logitsEqualThoseOfTransformers(String name) throws IOException, URISyntaxException {
    requireLogits(name, Device.cpu());
  }

  @Tag("gpu")
  @ParameterizedTest
  @MethodSource("families")
  void logitsEqualThoseOfTransformersOnAGpu(String name) throws IOException, URISyntaxException {
    requireLogits(name, FirstGpu.device());
  }

  private static Stream<String> families() {
    return Stream.of(
        "llama/tied",
        "llama/untied",
        "families/llama-scaled",
        "families/mistral",
        "families/qwen2",
        "families/qwen2-tied",
        "families/qwen3",
        "families/gemma3",
        "families/opt",
        "families/opt-350m");
  }

  private static void requireLogits(String name, Device device)
      throws IOException, URISyntaxException {
    JsonNode fixture = NumericFixture.read("logits.json").json().get(name);
    try (DecoderModel model =
        DecoderModel.load(ModelFixture.checkpoint(name), device, Precision.F32)) {
      for (JsonNode prompt : fixture.get("single")) {
        int[] tokens = ids(prompt.get("tokens"));
        assertThat(
                difference(
                    logits(model, new int[][] {tokens}, 0), prompt.get("logits"), tokens.length))
            .isLessThan(1e-4);
      }
      JsonNode padded = fixture.get("padded");
      int[][] batch = JSON.convertValue(padded.get("tokens"), int[][].class);
      for (int row = 0; row < batch.length; row++) {
        int length = padded.get("lengths").get(row).asInt();
        assertThat(difference(logits(model, batch, row), padded.get("logits").get(row), length))
            .isLessThan(1e-4);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "llama/untied, F32, 1e-5",
    "llama/untied, BF16, 0.02",
    "llama/untied, F16, 0.002",
    "families/gemma3, F32, 1e-5",
    "families/opt, F32, 1e-5"
  })
  void aPrefixChangesNoLogit(String name, Precision precision, double tolerance)
      throws URISyntaxException {
    requirePrefix(name, precision, Device.cpu(), tolerance);
  }

  @Tag("gpu")
  @ParameterizedTest
  @CsvSource({"llama/untied, F32, 1e-5", "llama/untied, BF16, 0.02", "families/gemma3, F32, 1e-5"})
  void aPrefixChangesNoLogitOnAGpu(String name, Precision precision, double tolerance)
      throws URISyntaxException {
    requirePrefix(name, precision, FirstGpu.device(), tolerance);
  }

  /** Two rows of 80 tokens after the same 40 give what the rows give when they are read at once. */
  private static void requirePrefix(
      String name, Precision precision, Device device, double tolerance) throws URISyntaxException {
    int[][] whole = new int[2][120];
    Arrays.setAll(whole[0], place -> 1 + place * 37 % 101);
    Arrays.setAll(whole[1], place -> 1 + place * (place < 40 ? 37 : 53) % 101);
    int[][] own = {Arrays.copyOfRange(whole[0], 40, 120), Arrays.copyOfRange(whole[1], 40, 120)};
    try (DecoderModel model = DecoderModel.load(ModelFixture.checkpoint(name), device, precision);
        Prefix prefix = model.prefix(Arrays.copyOf(whole[0], 40));
        NDManager scope = model.manager().newSubManager()) {
      Positions after = Positions.after(40, 80, 2, model.checkpoint().config(), scope);
      NDArray hidden = model.hidden(own, after, prefix, scope);
      for (int row = 0; row < 2; row++) {
        float[][] expected = Arrays.copyOfRange(logits(model, whole, row), 40, 120);
        assertThat(distance(rows(model.logits(hidden.get(row))), expected)).isLessThan(tolerance);
      }
    }
  }

  /** Reading a block for each pass gives the same numbers, and leaves no block in memory. */
  @ParameterizedTest
  @CsvSource({
    "llama/tied, F32",
    "llama/untied, BF16",
    "families/gemma3, F32",
    "families/opt-350m, F32"
  })
  void anOpenedModelEqualsALoadedOne(String name, Precision precision) throws URISyntaxException {
    Checkpoint checkpoint = ModelFixture.checkpoint(name);
    int[][] tokens = {{5, 9, 77, 3, 21}};
    try (DecoderModel loaded = DecoderModel.load(checkpoint, Device.cpu(), precision);
        DecoderModel opened = DecoderModel.open(checkpoint, Device.cpu(), precision)) {
      float[][] wanted = logits(loaded, tokens, 0);
      assertThat(logits(opened, tokens, 0)).isDeepEqualTo(wanted);
      int kept = opened.manager().getManagedArrays().size();
      assertThat(logits(opened, tokens, 0)).isDeepEqualTo(wanted);
      assertThat(opened.manager().getManagedArrays()).as("no block").hasSize(kept);
      assertThat(kept).isLessThan(loaded.manager().getManagedArrays().size());
      opened.prefix(tokens[0]).close();
      assertThat(opened.block(0, opened.manager())).isSameAs(opened.blocks().get(0));
      assertThat(logits(opened, tokens, 0)).isDeepEqualTo(wanted);
    }
  }

  @Test
  void aDamagedBlockIsFoundEachTime() throws URISyntaxException {
    Checkpoint checkpoint = ModelFixture.checkpoint("llama/tied");
    Map<String, Supplier<float[]>> damaged =
        Map.of(
            "model.layers.1.mlp.up_proj.weight",
            () -> {
              throw new IllegalArgumentException("damaged");
            });
    Overlay tensors = new Overlay(checkpoint.tensors(), damaged);
    try (DecoderModel opened =
        DecoderModel.open(checkpoint.withTensors(tensors), Device.cpu(), Precision.F32)) {
      for (int time = 0; time < 2; time++) {
        assertThatThrownBy(opened::hold).hasMessageContaining("damaged");
      }
    }
  }

  private static Stream<JsonNode> variants() throws IOException, URISyntaxException {
    JsonNode all = NumericFixture.read("variants.json").json();
    return StreamSupport.stream(all.spliterator(), false);
  }

  /**
   * Rotary scalings in both spellings, and checkpoints whose files contradict each other
   * (src/test/python/make_variant_fixture.py).
   */
  @ParameterizedTest
  @MethodSource("variants")
  void changedCheckpointsAreReadAsByTransformers(JsonNode variant, @TempDir Path scratch)
      throws IOException, URISyntaxException {
    Path folder = ModelFixture.variant(variant, scratch);
    try (DecoderModel model =
        DecoderModel.load(Checkpoint.open(folder), Device.cpu(), Precision.F32)) {
      for (JsonNode prompt : variant.get("prompts")) {
        int[] tokens = ids(prompt.get("tokens"));
        float[] last = logits(model, new int[][] {tokens}, 0)[tokens.length - 1];
        JsonNode wanted = JSON.createArrayNode().add(prompt.get("logits"));
        assertThat(difference(new float[][] {last}, wanted, 1))
            .as("%d tokens", tokens.length)
            .isLessThan(1e-4);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "llama/tied, BF16",
    "llama/tied, F16",
    "families/qwen2, BF16",
    "families/opt-350m, BF16"
  })
  void lowPrecisionStaysNear(String name, Precision precision)
      throws URISyntaxException, IOException {
    requireNear(name, precision, Device.cpu());
  }

  @Tag("gpu")
  @ParameterizedTest
  @CsvSource({"llama/tied, BF16", "llama/tied, F16", "families/qwen2, F16", "families/opt, F16"})
  void lowPrecisionStaysNearOnAGpu(String name, Precision precision)
      throws URISyntaxException, IOException {
    requireNear(name, precision, FirstGpu.device());
  }

  /**
   * transformers' own logits in these precisions are as far from its float32 ones: 0.010 to 0.026
   * in bfloat16, 0.001 to 0.003 in half precision (src/test/python/low_precision_distance.py).
   */
  private static void requireNear(String name, Precision precision, Device device)
      throws URISyntaxException, IOException {
    JsonNode prompt = NumericFixture.read("logits.json").json().get(name).get("single").get(2);
    int[] tokens = ids(prompt.get("tokens"));
    float[][] exact = JSON.convertValue(prompt.get("logits"), float[][].class);
    try (DecoderModel model = DecoderModel.load(ModelFixture.checkpoint(name), device, precision)) {
      assertThat(distance(logits(model, new int[][] {tokens}, 0), exact))
          .isBetween(1e-6, precision == Precision.BF16 ? 0.025 : 0.0035);
    }
  }

  /** Replaced norms and biases are used: a fold into whatever feeds each group changes nothing. */
  @ParameterizedTest
  @ValueSource(
      strings = {"families/llama-scaled", "families/qwen2", "families/qwen3", "families/opt"})
  void aScaleFoldedIntoWhatFeedsAGroupChangesNothing(String name) throws URISyntaxException {
    Checkpoint checkpoint = ModelFixture.checkpoint(name);
    BlockReader reader = BlockReader.open(checkpoint, Precision.F32, Device.cpu());
    try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      DecoderBlock block = reader.block(0, manager);
      NDArray hidden = reader.embedding(manager).embed(new int[][] {{5, 9, 77, 3, 21}}, manager);
      Positions positions = Positions.causal(5, checkpoint.config(), manager);
      float[] wanted = block.forward(hidden, positions).toFloatArray();
      for (LinearGroup group : block.groups()) {
        Foldable before = group.before().orElseThrow();
        long in = group.linears().get(0).weight().getShape().get(1);
        if (before.channels() < in) {
          continue; // values that query heads share
        }
        NDArray s = manager.randomUniform(0.5f, 2f, new Shape(in));
        Map<String, NDArray> changed = new HashMap<>(before.divided(s));
        group.linears().forEach(linear -> changed.put(linear.name(), linear.weight().mul(s)));
        float[] found = block.with(changed).forward(hidden, positions).toFloatArray();
        assertThat(found)
            .as(group.name())
            .usingComparatorWithPrecision(1e-3f)
            .containsExactly(wanted);
        changed.keySet().removeIf(before.tensors()::containsKey);
        float[] unbalanced = block.with(changed).forward(hidden, positions).toFloatArray();
        assertThat(Arrays.equals(unbalanced, wanted)).isFalse();
      }
      assertThatThrownBy(() -> block.with(Map.of("model.layers.1.mlp.up_proj.weight", hidden)))
          .hasMessageContaining("has no tensor model.layers.1.mlp.up_proj.weight");
    }
  }

  @Test
  void aNormThatFeedsTheResidualStreamTakesUpNoScale() throws URISyntaxException {
    Checkpoint checkpoint = ModelFixture.checkpoint("families/opt-350m");
    BlockReader reader = BlockReader.open(checkpoint, Precision.F32, Device.cpu());
    try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      assertThat(reader.block(0, manager).groups())
          .extracting(group -> group.name() + " " + group.before().isPresent())
          .containsExactly("qkv false", "o true", "up false", "down true");
    }
  }

  @Test
  void devicesAreNamed() {
    assertThat(Devices.named("cpu")).isEqualTo(Device.cpu());
    assertThat(Devices.named("auto")).isEqualTo(Engine.getInstance().defaultDevice());
    assertThatThrownBy(() -> Devices.named("gpu:99")).hasMessageContaining("sees");
    assertThatThrownBy(() -> Devices.named("tpu")).hasMessageContaining("gpu:N");
  }

  /** Mistral and Gemma see three and five tokens, fewer than these texts have. */
  @ParameterizedTest
  @ValueSource(strings = {"llama/tied", "families/mistral", "families/gemma3"})
  void packedContinuationsGiveWhatEachGivesAlone(String name) throws URISyntaxException {
    int[] context = {5, 9, 100};
    int[][] continuations = {{17, 3}, {44, 8, 91}};
    try (DecoderModel model =
            DecoderModel.load(ModelFixture.checkpoint(name), Device.cpu(), Precision.F32);
        NDManager scope = model.manager().newSubManager()) {
      int[] packed = {5, 9, 100, 17, 3, 44, 8, 91};
      int[][] places = {{0, 1, 2, 3, 4, 3, 4, 5}};
      boolean[] visible = new boolean[64];
      for (int i = 0; i < 8; i++) {
        for (int j = 0; j <= i; j++) {
          visible[i * 8 + j] = j < 3 || i < 5 || j >= 5;
        }
      }
      Positions positions =
          Positions.of(places, places, visible, model.checkpoint().config(), scope);
      float[][] found =
          rows(model.logits(model.hidden(new int[][] {packed}, positions, scope).get(0)));
      int at = context.length;
      for (int[] continuation : continuations) {
        int[] alone = Stream.of(context, continuation).flatMapToInt(Arrays::stream).toArray();
        float[][] wanted = logits(model, new int[][] {alone}, 0);
        for (int t = 0; t < continuation.length; t++, at++) {
          assertThat(found[at])
              .usingComparatorWithPrecision(1e-4f)
              .containsExactly(wanted[context.length + t]);
        }
      }
    }
  }

  @Test
  void aSequenceLongerThanTheContextIsRefused() throws URISyntaxException {
    ModelConfig config = ModelFixture.checkpoint("llama/tied").config();
    assertThatThrownBy(() -> config.requireFits(config.context() + 1))
        .hasMessageContaining("longer than the model's context");
  }

  @Test
  void anUnknownArchitectureIsNamed(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("config.json"), "{\"model_type\":\"mamba\"}");
    assertThatThrownBy(() -> ModelConfig.ofJson(file))
        .hasMessageContaining("mamba")
        .hasMessageContaining("llama");
  }

  @Test
  void aMissingTokenizerIsNamed() throws URISyntaxException {
    Path folder = ModelFixture.folder("llama/tied");
    assertThatThrownBy(() -> Checkpoint.open(folder)).hasMessageContaining("tokenizer.json");
  }

  @Test
  void aPathThatIsNoModelIsRefused(@TempDir Path folder) {
    assertThatThrownBy(() -> Checkpoint.open(folder.resolve("nothing")))
        .hasMessageContaining("does not exist");
  }
}
