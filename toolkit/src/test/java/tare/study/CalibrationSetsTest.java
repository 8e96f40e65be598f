package tare.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tare.compress.Gptq;
import tare.data.Budget;
import tare.evaluate.benchmark.Tasks;
import tare.select.ReferenceItem;
import tare.select.TaskReference;
import tare.select.UniformFromPool;
import tare.select.activation.SelfCalibration;

/** Which sets are chosen first, and the training sides of tasks that guide a choice. */
class CalibrationSetsTest {

  private static final Study STUDY =
      new Study(
          "pools",
          List.of("red"),
          List.of("news"),
          3,
          List.of(new Budget(2, 4)),
          List.of(new Gptq(3, 64).naturalOrder()),
          List.of(new TaskPlan.Choice("birds", 5)),
          7,
          "f32",
          List.of(new UniformFromPool(), new SelfCalibration()));

  private static List<String> first(List<Trial> trials) {
    return CalibrationSets.first(trials).stream()
        .map(Trial::calibration)
        .filter(set -> set != null)
        .map(set -> set.selector().label() + " " + set.set())
        .toList();
  }

  @Test
  void aModelChoosesOnePoolBeforeTheFirstTrialAndTextAloneAll() {
    List<Trial> trials = STUDY.trials(Revisions.NONE);
    assertThat(first(trials))
        .containsExactlyInAnyOrder("uniform-pool 0", "uniform-pool 1", "uniform-pool 2", "self 0");
  }

  @Test
  void theFirstPoolIsTheFirstThatIsNotDone() {
    List<Trial> left =
        STUDY.trials(Revisions.NONE).stream()
            .filter(trial -> trial.calibration() != null && trial.calibration().set() > 0)
            .toList();
    assertThat(first(left)).containsExactlyInAnyOrder("uniform-pool 1", "uniform-pool 2", "self 1");
  }

  @TempDir private Path folder;

  /** So that a selector can count the tokens of answers alone. */
  @Test
  void questionsAndAnswersAreToldApart() throws IOException {
    StringBuilder examples = new StringBuilder();
    for (int i = 0; i < 100; i++) {
      examples.append(
          String.format(
              Locale.ROOT, "{\"input\": \"%d?\", \"target_scores\": {\"yes\": 1, \"no\": 0}},", i));
    }
    Path home = Files.createDirectories(folder.resolve("bigbench/rivers"));
    Files.writeString(
        home.resolve("task.json"),
        "{\"examples\": [" + examples.substring(0, examples.length() - 1) + "]}");
    Path arc = Files.createDirectories(folder.resolve("tasks/arc_easy"));
    String item =
        "{\"question\": \"%s?\", \"choices\": {\"text\": [\"a\", \"b\"], \"label\": [\"A\", \"B\"]}, \"answerKey\": \"B\"}\n";
    Files.writeString(arc.resolve("test.jsonl"), String.format(Locale.ROOT, item, "One"));
    Files.writeString(arc.resolve("train.jsonl"), String.format(Locale.ROOT, item, "Two"));

    List<TaskReference> references =
        ReferenceTasks.of(new Tasks(folder), List.of("rivers", "arc_easy"));

    assertThat(references).extracting(TaskReference::task).containsExactly("rivers", "arc_easy");
    assertThat(references.get(0).items())
        .isNotEmpty()
        .allMatch(each -> each.answer().equals(" yes") && each.prompt().endsWith("\nA:"));
    assertThat(references.get(1).items())
        .containsExactly(
            new ReferenceItem("arc_easy-train-00000", "Question: Two?\nAnswer:", " b"));
    assertThatThrownBy(() -> ReferenceTasks.of(new Tasks(folder), List.of("seas")))
        .hasMessageContaining("seas");
  }
}
