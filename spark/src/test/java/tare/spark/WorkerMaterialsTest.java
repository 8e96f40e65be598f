package tare.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tare.study.Materials;
import tare.study.Study;

/** A worker does not run trials with files of a model that the driver does not have. */
class WorkerMaterialsTest {

  @TempDir private Path data;

  @Test
  void aWorkerWithOtherFilesBesideTheWeightsRunsNoTrial() throws IOException {
    Path tiny = Path.of("../data/tiny");
    Path model = Files.createDirectory(data.resolve("model"));
    for (String name : List.of("config.json", "model.safetensors", "tokenizer.json")) {
      Files.copy(tiny.resolve(name), model.resolve(name));
    }
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < 100; i++) {
      lines.append(
          String.format(Locale.ROOT, "{\"id\": \"%d\", \"text\": \"river number %d\"}\n", i, i));
    }
    Files.createDirectories(data.resolve("fetched/corpora"));
    Files.writeString(data.resolve("fetched/corpora/news.jsonl"), lines);
    Study study =
        Study.parse(
            """
            {"name": "models", "models": ["%s"], "sets": 0, "seed": 7, "precision": "f32",
             "tasks": [{"kind": "perplexity", "corpus": "news", "window": 16, "windows": 1}]}
            """
                .formatted(model));
    Materials driver = new Materials(data, Device.cpu());
    String trial = driver.trials(study).get(0).id();
    TrialRequest order =
        new TrialRequest(
            study.json(),
            trial,
            driver.models(study).toString(),
            data.toString(),
            "cpu",
            1,
            "f32",
            "");
    assertThat(WorkerMaterials.of(order, Device.cpu()).trial(order).id()).isEqualTo(trial);

    Files.writeString(model.resolve("chat_template.jinja"), "another");
    TrialRequest other =
        new TrialRequest(
            study.json(),
            trial,
            new Materials(data, Device.cpu()).models(study).toString(),
            data.toString(),
            "cpu",
            1,
            "f32",
            "");
    assertThatThrownBy(() -> WorkerMaterials.of(order, Device.cpu()).trial(other))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("another configuration, tokenizer or chat template");
  }
}
