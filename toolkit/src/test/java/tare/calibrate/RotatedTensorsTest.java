package tare.calibrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tare.NumericFixture;
import tare.compress.Awq;
import tare.compress.Gptaq;
import tare.compress.Gptq;
import tare.compress.Method;
import tare.compress.Rotation;
import tare.compress.Rotation.Turn;
import tare.compress.Rtn;
import tare.data.Budget;
import tare.data.CalibrationSet;
import tare.data.Progress;
import tare.data.Sample;
import tare.export.CompressedTensorsLayout;
import tare.export.GptqLayout;
import tare.export.PackedFolder;
import tare.format.TensorSource;
import tare.model.Checkpoint;
import tare.model.DecoderModel;
import tare.model.ModelConfig;
import tare.model.ModelFixture;
import tare.model.Positions;
import tare.model.Precision;

class RotatedTensorsTest {

  private static final int[][] TOKENS = {new Random(3).ints(20, 0, 96).toArray()};

  @TempDir private Path scratch;

  private static float[] logits(Checkpoint checkpoint) {
    try (DecoderModel model = DecoderModel.load(checkpoint, Device.cpu(), Precision.F32);
        NDManager scope = model.manager().newSubManager()) {
      Positions positions = Positions.causal(TOKENS[0].length, checkpoint.config(), scope);
      NDArray hidden = model.hidden(TOKENS, positions, scope).get(0);
      return model.logits(hidden).toFloatArray();
    }
  }

  /** Largest difference over the largest wanted value. */
  private static double difference(float[] found, float[] wanted) {
    assertThat(found).hasSameSizeAs(wanted);
    double most = 0;
    double largest = 0;
    for (int i = 0; i < found.length; i++) {
      most = Math.max(most, Math.abs(found[i] - wanted[i]));
      largest = Math.max(largest, Math.abs(wanted[i]));
    }
    return most / largest;
  }

  private static Optional<CalibrationSet> set() {
    Random random = new Random(5);
    List<Sample> samples =
        IntStream.range(0, 4)
            .mapToObj(i -> new Sample("d" + i, "s", "", random.ints(24, 0, 96).toArray()))
            .toList();
    return Optional.of(new CalibrationSet("Invented", new Budget(4, 24), samples));
  }

  private static CompressedModel run(Checkpoint checkpoint, Method method) {
    return method.calibrated()
        ? new BlockByBlock()
            .compress(checkpoint, set().orElseThrow(), method, Device.cpu(), Progress.NONE)
        : new BlockByBlock().compress(checkpoint, method, Device.cpu(), Progress.NONE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "llama/tied",
        "llama/untied",
        "families/llama-scaled",
        "families/mistral",
        "families/qwen2",
        "families/qwen2-tied",
        "families/qwen3"
      })
  void theOutputsStayTheSame(String name) throws URISyntaxException {
    Checkpoint checkpoint = ModelFixture.checkpoint(name);
    CompressedModel rotated = run(checkpoint, new Rotation(7));
    assertThat(difference(logits(rotated.checkpoint()), logits(checkpoint))).isLessThan(1e-4);
    String linear = rotated.layers().get(0).linear();
    assertThat(rotated.checkpoint().tensors().values(linear))
        .isNotEqualTo(checkpoint.tensors().values(linear));
    assertThat(rotated.checkpoint().config().tiedHead()).isFalse();
  }

  @Test
  void aFamilyWhoseNormsARotationWouldChangeIsRefused() throws URISyntaxException {
    for (String name : List.of("families/opt", "families/opt-350m", "families/gemma3")) {
      Checkpoint checkpoint = ModelFixture.checkpoint(name);
      assertThatThrownBy(() -> run(checkpoint, new Rotation().then(new Rtn(4, 16))))
          .hasMessageContaining("whose norms a rotation would change")
          .hasMessageContaining("leave the rotation out");
    }
  }

  /** A model of one block with the fixture's weights under the names of LLaMA. */
  private record Fixture(Map<String, float[]> values, Map<String, Shape> shapes)
      implements TensorSource {
    @Override
    public Set<String> names() {
      return values.keySet();
    }

    @Override
    public Shape shape(String name) {
      return shapes.get(name);
    }

    @Override
    public float[] values(String name) {
      return values.get(name);
    }
  }

  private static String name(String part) {
    String block = "model.layers.0.";
    return switch (part) {
      case "embed" -> "model.embed_tokens.weight";
      case "head" -> "lm_head.weight";
      case "gate", "up", "down" -> block + "mlp." + part + "_proj.weight";
      default -> block + "self_attn." + part + "_proj.weight";
    };
  }

  private static float[] floats(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }

  @Test
  void foldedWeightsAreThoseOfTheReference() throws IOException, URISyntaxException {
    JsonNode decoder = NumericFixture.read("rotation.json").json().get("decoder");
    Map<String, float[]> values = new LinkedHashMap<>();
    Map<String, Shape> shapes = new LinkedHashMap<>();
    decoder
        .get("weights")
        .properties()
        .forEach(
            each -> {
              JsonNode matrix = each.getValue();
              values.put(name(each.getKey()), floats(NumericFixture.values(matrix)));
              shapes.put(name(each.getKey()), new Shape(matrix.size(), matrix.get(0).size()));
            });
    List<String> norms =
        List.of(
            "model.layers.0.input_layernorm.weight",
            "model.layers.0.post_attention_layernorm.weight",
            "model.norm.weight");
    for (int i = 0; i < norms.size(); i++) {
      values.put(norms.get(i), floats(NumericFixture.vector(decoder.get("norm_weights").get(i))));
      shapes.put(norms.get(i), new Shape(8));
    }
    ObjectNode json =
        (ObjectNode)
            new ObjectMapper()
                .readTree(ModelFixture.folder("llama/untied").resolve("config.json").toFile());
    json.put("vocab_size", 10).put("hidden_size", 8).put("num_hidden_layers", 1);
    json.put("num_attention_heads", 2).put("num_key_value_heads", 2).put("head_dim", 4);
    json.put("intermediate_size", 16);
    Path config = scratch.resolve("config.json");
    Files.writeString(config, json.toString());
    double[] signs = new double[8];
    double[][] q = NumericFixture.matrix(decoder.get("Q"));
    Arrays.setAll(signs, j -> Math.signum(q[0][j]));
    double[][] one = {{1}};
    TensorSource rotated =
        RotatedTensors.of(
            new Fixture(values, shapes),
            ModelConfig.ofJson(config),
            new Turn(signs, one),
            new Turn(new double[] {1, 1, 1, 1}, one));
    decoder
        .get("folded")
        .properties()
        .forEach(
            each -> {
              String part = each.getKey();
              JsonNode wanted =
                  part.equals("v") || part.equals("o")
                      ? decoder.get("folded_with_value_and_mlp").get(part)
                      : each.getValue();
              double[] expected = NumericFixture.values(wanted);
              float[] found = rotated.values(name(part));
              for (int i = 0; i < found.length; i++) {
                assertThat((double) found[i]).as(part).isCloseTo(expected[i], within(1e-5));
              }
              int[] some = {1, 0, 3};
              float[] rows = rotated.rows(name(part), some);
              int width = found.length / wanted.size();
              assertThat(Arrays.copyOfRange(rows, 2 * width, 3 * width))
                  .as("row 3 of " + part)
                  .containsExactly(Arrays.copyOfRange(found, 3 * width, 4 * width));
            });
    norms.forEach(norm -> assertThat(rotated.values(norm)).containsOnly(1));
  }

  @Test
  void aWrittenFolderHoldsTheRotatedModelAndItsOwnHead() throws IOException, URISyntaxException {
    Path folder =
        ModelFixture.variant(
            ModelFixture.folder("llama/tied"), config("llama/tied"), "as it is", scratch);
    Checkpoint original = Checkpoint.open(folder);
    for (Method method :
        List.of(
            new Rotation(7),
            new Rotation(7).then(new Rtn(8, 16)),
            new Rotation(7).then(new Gptq(8, 16)),
            new Rotation(7).then(new Gptaq(8, 16)),
            new Rotation(7).then(new Awq(8, 16)))) {
      Path out = scratch.resolve(method.label());
      Optional<CalibrationSet> set = method.calibrated() ? set() : Optional.empty();
      Checkpoint written =
          new BlockByBlock()
              .compressInto(out, original, set, method, Device.cpu(), Progress.NONE)
              .checkpoint();
      assertThat(written.config().tiedHead()).isFalse();
      assertThat(Files.readString(out.resolve("config.json")))
          .contains("\"tie_word_embeddings\" : false", "\"torch_dtype\" : \"float32\"");
      float[] inMemory = logits(run(original, method).checkpoint());
      assertThat(difference(logits(written), inMemory)).as(method.label()).isLessThan(1e-5);
      double most = method instanceof Rotation ? 1e-4 : 0.1;
      assertThat(difference(inMemory, logits(original))).as(method.label()).isLessThan(most);
    }
  }

  @Test
  void packedFoldersHoldTheRotatedModel() throws IOException, URISyntaxException {
    Path folder =
        ModelFixture.variant(
            ModelFixture.folder("llama/tied"), config("llama/tied"), "as it is", scratch);
    Checkpoint original = Checkpoint.open(folder);
    CompressedModel model = run(original, new Rotation(7).then(new Gptq(4, 16)));
    float[] wanted = logits(model.checkpoint());
    PackedFolder.write(model, new GptqLayout(2), scratch.resolve("gptq"));
    PackedFolder.write(model, new CompressedTensorsLayout(), scratch.resolve("ct"));
    for (String name : List.of("gptq", "ct")) {
      Checkpoint read = Checkpoint.open(scratch.resolve(name));
      assertThat(read.config().tiedHead()).isFalse();
      assertThat(difference(logits(read), wanted)).as("the ends are float16").isLessThan(5e-3);
    }
  }

  private static ObjectNode config(String name) throws IOException, URISyntaxException {
    return (ObjectNode)
        new ObjectMapper().readTree(ModelFixture.folder(name).resolve("config.json").toFile());
  }
}
