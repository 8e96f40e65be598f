package tare.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import ai.djl.Device;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tare.NumericFixture;
import tare.calibrate.InputSquares;
import tare.data.Budget;
import tare.data.CalibrationSet;
import tare.data.Progress;
import tare.data.Sample;
import tare.format.Gguf;
import tare.model.Checkpoint;
import tare.model.ModelConfig;
import tare.model.ModelFixture;

/** Importance matrices against hooks on transformers (src/test/python/make_imatrix_fixture.py). */
class ImatrixTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path folder;

  private static CalibrationSet set(JsonNode model, boolean weighted) {
    List<Sample> samples = new ArrayList<>();
    for (int i = 0; i < model.get("tokens").size(); i++) {
      Sample sample =
          new Sample("d" + i, "s", "", JSON.convertValue(model.get("tokens").get(i), int[].class));
      float[] weights = JSON.convertValue(model.get("weights").get(i), float[].class);
      samples.add(weighted ? sample.weighted(weights) : sample);
    }
    return new CalibrationSet(
        "Invented", new Budget(samples.size(), samples.get(0).tokens().length), samples);
  }

  private Gguf written(Checkpoint checkpoint, CalibrationSet set) throws IOException {
    Path file = folder.resolve("made/imatrix.gguf");
    InputSquares squares = InputSquares.of(checkpoint, set, Device.cpu(), Progress.NONE);
    Imatrix.write(file, checkpoint.config(), squares, List.of("set.jsonl"), 3, 20);
    return Gguf.open(file);
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama/tied", "families/qwen2"})
  void sumsAreThoseOfHooksOnTransformers(String name) throws Exception {
    JsonNode model = NumericFixture.read("imatrix.json").json().get(name);
    for (boolean weighted : new boolean[] {false, true}) {
      CalibrationSet set = set(model, weighted);
      Gguf gguf = written(ModelFixture.checkpoint(name), set);
      JsonNode wanted = model.get(weighted ? "sums" : "plain");
      assertThat(gguf.tensors().names()).hasSize(2 * wanted.size());
      double weight = set.samples().stream().mapToDouble(Sample::weight).sum();
      float count = Math.round(weight);
      for (Map.Entry<String, JsonNode> entry : wanted.properties()) {
        float[] sums = gguf.tensors().values(entry.getKey() + ".in_sum2");
        assertThat(gguf.tensors().values(entry.getKey() + ".counts")).containsExactly(count);
        assertThat(sums).hasSize(entry.getValue().size());
        for (int i = 0; i < sums.length; i++) {
          double sum = entry.getValue().get(i).asDouble() * count / weight;
          assertThat((double) sums[i])
              .as("%s, channel %d", entry.getKey(), i)
              .isCloseTo(sum, within(1e-4 * sum));
        }
      }
    }
  }

  /** llama.cpp passes over a tensor whose count rounds to 0. */
  @Test
  void smallWeightsStillCount() throws Exception {
    JsonNode model = NumericFixture.read("imatrix.json").json().get("llama/tied");
    CalibrationSet plain = set(model, false);
    float[] small = new float[20];
    Arrays.fill(small, 1f / 512);
    CalibrationSet weighted =
        new CalibrationSet(
            "Invented",
            plain.budget(),
            plain.samples().stream().map(sample -> sample.weighted(small)).toList());
    Gguf gguf = written(ModelFixture.checkpoint("llama/tied"), weighted);
    assertThat(gguf.tensors().values("blk.2.ffn_up.weight.counts")).containsExactly(1);
    assertThat((double) gguf.tensors().values("blk.2.ffn_up.weight.in_sum2")[3])
        .isCloseTo(
            model.get("plain").get("blk.2.ffn_up.weight").get(3).asDouble() / 60,
            withinPercentage(0.01));
  }

  @Test
  void theMetadataIsThatOfLlamaImatrix() throws Exception {
    JsonNode model = NumericFixture.read("imatrix.json").json().get("llama/tied");
    Gguf gguf = written(ModelFixture.checkpoint("llama/tied"), set(model, false));
    assertThat(gguf.metadata())
        .containsOnlyKeys(
            "general.type", "imatrix.datasets", "imatrix.chunk_count", "imatrix.chunk_size")
        .containsEntry("general.type", "imatrix")
        .containsEntry("imatrix.chunk_count", 3L)
        .containsEntry("imatrix.chunk_size", 20L);
    assertThat(gguf.list("imatrix.datasets", String.class)).isEqualTo(List.of("set.jsonl"));
    assertThat(gguf.tensors().shape("blk.0.attn_q.weight.counts").getShape()).containsExactly(1);
  }

  @Test
  void theNamesAreThoseOfTheModelsOwnFile() throws Exception {
    Path file = Path.of(ImatrixTest.class.getResource("/tokenizer/smollm.gguf").toURI());
    Checkpoint checkpoint = Checkpoint.open(file);
    int[] tokens = {1, 2, 3, 4, 5};
    CalibrationSet set =
        new CalibrationSet("Invented", new Budget(1, 5), List.of(new Sample("d", "s", "", tokens)));
    assertThat(written(checkpoint, set).tensors().names())
        .isEqualTo(
            Gguf.open(file).tensors().names().stream()
                .filter(name -> name.matches("blk\\..*(q|k|v|output|gate|up|down)\\.weight"))
                .flatMap(name -> List.of(name + ".in_sum2", name + ".counts").stream())
                .collect(Collectors.toCollection(TreeSet::new)));
  }

  @Test
  void aModelThatLlamaCppDoesNotReadIsRefused() throws Exception {
    ModelConfig opt = ModelFixture.checkpoint("families/opt").config();
    assertThatThrownBy(() -> Imatrix.require(opt)).hasMessageContaining("family opt");
  }
}
