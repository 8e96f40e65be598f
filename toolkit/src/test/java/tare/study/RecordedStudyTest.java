package tare.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tare.data.InventedCorpora;
import tare.data.Progress;

/** A small study on the tiny model, recorded and run again. */
class RecordedStudyTest {

  private static final String TINY = "../data/tiny";

  @TempDir static Path data;
  private static Materials materials;
  private static RecordedStudy recording;

  @BeforeAll
  static void record() throws IOException {
    InventedCorpora.write(data.resolve("fetched"));
    materials = new Materials(data, Device.cpu());
    Path file = data.resolve("studies/small.json");
    Files.createDirectories(file.getParent());
    new ObjectMapper()
        .writeValue(
            file.toFile(),
            Map.of(
                "name", "small",
                "models", List.of("a name that is not known here"),
                "corpora", List.of("news", "code"),
                "sets", 1,
                "budgets", List.of(Map.of("samples", 4, "tokensPerSample", 32)),
                "recipes", List.of(Map.of("method", "gptq", "bits", 3, "groupSize", 64)),
                "tasks",
                    List.of(
                        Map.of("kind", "perplexity", "corpus", "news", "window", 32, "windows", 4)),
                "seed", 1,
                "precision", "f32"));
    Study study = Study.read(file).forModel(TINY);
    List<Trial> trials = materials.check(study);
    try (ResultFolder open = ResultFolder.open(data.resolve("runs/small"), study, trials)) {
      TrialRun work = TrialRun.of(study, materials, Device.cpu(), open, Progress.NONE);
      new HereRunner(Progress.NONE).run(trials, work, open);
    }
    recording = RecordedStudy.read(data, "small");
  }

  private static List<RecordedStudy.Again> again(String corpus) {
    return recording.again(
        TINY,
        materials,
        Device.cpu(),
        trial -> trial.calibration().corpus().equals(corpus),
        1,
        Progress.NONE);
  }

  @Test
  void aTrialRunAgainGivesWhatWasRecorded() {
    List<RecordedStudy.Again> scores = again("code");
    assertThat(scores).hasSize(1);
    assertThat(scores.get(0).corpus()).isEqualTo("code");
    assertThat(scores.get(0).samples()).isEqualTo(4);
    assertThat(scores.get(0).recorded()).isGreaterThan(1);
    assertThat(scores.get(0).apart()).isBetween(-1e-4, 1e-4);
  }

  @Test
  void aConditionThatSelectsNothingIsRefused() {
    assertThatThrownBy(() -> again("dialogue"))
        .hasMessageContaining("No trial of small with a calibration set is selected");
  }
}
