package tare.estimate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import tare.compress.Gptq;
import tare.data.Budget;
import tare.study.Revisions;
import tare.study.Study;
import tare.study.TaskPlan;
import tare.study.Trial;

class SharedPartsTest {

  @Test
  void modelsAreOpenedOnceByEachWorkerAndSetsChosenOnce() {
    Study study =
        new Study(
            "shared",
            List.of("red", "blue"),
            List.of("news"),
            3,
            List.of(new Budget(2, 4)),
            List.of(new Gptq(3, 64).naturalOrder(), new Gptq(4, 64).naturalOrder()),
            List.of(new TaskPlan.Choice("birds", 5)),
            7,
            "f32");
    // each model: its baseline, and two methods with three sets
    List<Trial> trials = study.trials(Revisions.NONE);

    assertThat(SharedParts.of(trials, 4)).isEqualTo(new SharedParts(14, 8, 12, 6));
    assertThat(SharedParts.of(trials, 1)).isEqualTo(new SharedParts(14, 2, 12, 6));
    assertThat(SharedParts.of(trials, 99).models()).isEqualTo(14);
    assertThat(SharedParts.of(List.of(), 4)).isEqualTo(new SharedParts(0, 0, 0, 0));
    assertThat(SharedParts.of(trials, 4).secondsSaved(10, 2)).isEqualTo(6 * 10 + 6 * 2);
    assertThatThrownBy(() -> SharedParts.of(trials, 0)).hasMessageContaining("1 or more");
  }
}
