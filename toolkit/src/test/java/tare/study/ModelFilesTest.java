package tare.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tare.data.InventedCorpora;
import tare.data.Progress;
import tare.model.generation.ModelFiles;

/** A study goes on with the models that it began with: not only their weights are theirs. */
class ModelFilesTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Study INVENTED = InventedStudy.study("colours", 2);

  @TempDir private Path data;
  private Path model;
  private Path run;

  @BeforeEach
  void writeDataAndModel() throws IOException {
    InventedCorpora.write(data.resolve("fetched"));
    model = Files.createDirectory(data.resolve("model"));
    for (String name :
        List.of("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json")) {
      Files.copy(Path.of("../data/tiny").resolve(name), model.resolve(name));
    }
    Files.writeString(model.resolve("chat_template.jinja"), "{{ messages }}");
    run = data.resolve("runs/models");
  }

  /** Begins the study, or goes on with it, in another process. */
  private void open() {
    Study study =
        Study.parse(
            """
            {"name": "models", "models": ["%s"], "sets": 0, "seed": 7, "precision": "f32",
             "tasks": [{"kind": "perplexity", "corpus": "news", "window": 16, "windows": 3}]}
            """
                .formatted(model));
    Materials materials = new Materials(data, Device.cpu());
    try (ResultFolder results = ResultFolder.open(run, study, materials.trials(study))) {
      results.requireModels(materials.models(study));
    }
  }

  private void change(String name, Consumer<ObjectNode> change) throws IOException {
    Path file = model.resolve(name);
    ObjectNode json =
        Files.exists(file) ? (ObjectNode) JSON.readTree(file.toFile()) : JSON.createObjectNode();
    change.accept(json);
    JSON.writeValue(file.toFile(), json);
  }

  private void requireRefused(String what) {
    assertThatThrownBy(this::open)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(model.toString())
        .hasMessageContaining(run.toString())
        .hasMessageContaining("other " + what)
        .hasMessageContaining("--results");
  }

  @Test
  void aStudyDoesNotGoOnWithOtherFilesOfAModel() throws IOException {
    open();
    open();
    assertThat(Files.readAllLines(run.resolve("models.csv")))
        .hasSize(2)
        .startsWith("model,configuration,tokenizer,special_tokens,chat_template");

    change("config.json", json -> json.put("rms_norm_eps", 1e-6));
    requireRefused("config.json.");
    change("config.json", json -> json.put("rms_norm_eps", 1e-5).put("transformers_version", "6"));
    open();
    change("tokenizer.json", json -> json.putObject("normalizer").put("type", "Lowercase"));
    requireRefused("tokenizer.json.");
    change("tokenizer.json", json -> json.putNull("normalizer"));
    change("generation_config.json", json -> json.put("eos_token_id", 5));
    requireRefused("special tokens (");
    Files.delete(model.resolve("generation_config.json"));
    Files.writeString(model.resolve("chat_template.jinja"), "other");
    requireRefused("chat template (chat_template.jinja");

    Files.delete(run.resolve("models.csv")); // as an earlier version left the folder
    open();
    assertThat(run.resolve("models.csv")).exists();
    Files.writeString(run.resolve("models.csv"), "model\nred\n");
    assertThatThrownBy(this::open).hasMessageContaining("models.csv is damaged");
  }

  private Path done(String name, ModelFiles red) {
    Path folder = data.resolve(name);
    List<Trial> trials = InventedStudy.trials(INVENTED);
    try (ResultFolder results = ResultFolder.open(folder, INVENTED, trials)) {
      results.requireModels(List.of(red));
      new HereRunner(Progress.NONE).run(trials, InventedStudy.work(INVENTED, 0), results);
    }
    return folder;
  }

  @Test
  void resultsOfOtherFilesAreNeitherTakenNorMerged() {
    ModelFiles red = new ModelFiles("red", "1", "2", "3", "4");
    ModelFiles other = new ModelFiles("red", "1", "2", "3", "5");
    Path one = done("one", red);
    Path same = done("same", red);
    Path changed = done("changed", other);

    Path out = data.resolve("out");
    assertThatThrownBy(() -> ShardMerge.merge(out, List.of(one, changed)))
        .hasMessageContaining("other chat template")
        .hasMessageContaining("Those in " + changed);
    assertThat(out).doesNotExist();
    assertThat(ShardMerge.merge(out, List.of(one, same)).trials()).isEqualTo(3);
    assertThat(out.resolve("models.csv")).hasSameTextualContentAs(one.resolve("models.csv"));

    Study shades = InventedStudy.study("shades", 2);
    List<Trial> trials = InventedStudy.trials(shades);
    try (ResultFolder results = ResultFolder.open(data.resolve("shades"), shades, trials)) {
      results.requireModels(List.of(red));
      assertThatThrownBy(() -> results.take(trials, TrialFiles.in(changed)))
          .hasMessageContaining(changed.toString())
          .hasMessageContaining("without these results");
      assertThat(results.take(trials, TrialFiles.in(one))).isEqualTo(3);
    }
  }
}
