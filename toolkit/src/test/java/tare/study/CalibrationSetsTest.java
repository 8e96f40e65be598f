package tare.study;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import tare.compress.Gptq;
import tare.data.Budget;
import tare.select.UniformFromPool;
import tare.select.activation.SelfCalibration;

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
}
