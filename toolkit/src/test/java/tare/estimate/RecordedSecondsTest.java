package tare.estimate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tare.compress.Gptq;
import tare.data.Budget;
import tare.study.InventedStudy;
import tare.study.Revisions;
import tare.study.Study;
import tare.study.TaskPlan;
import tare.study.Trial;
import tare.study.TrialFiles;

/** Seconds of trials, from those that are done, and of a study on several machines. */
class RecordedSecondsTest {

  private static final Study STUDY = InventedStudy.study("colours", 3);
  private static final List<Trial> TRIALS = InventedStudy.trials(STUDY);

  @TempDir private Path folder;

  /** Two metrics of one task, one of another. */
  private void done(Trial trial, String compress, String birds, String bees) throws IOException {
    Path part = folder.resolve("parts/" + trial.id() + ".csv");
    Files.createDirectories(part.getParent());
    Map<String, String> ofBirds =
        Map.of(
            "task",
            "birds",
            "device",
            "cpu",
            "seconds_compress",
            compress,
            "seconds_evaluate",
            birds);
    Map<String, String> ofBees =
        Map.of(
            "task",
            "bees",
            "evaluation_length",
            "64",
            "device",
            "cpu",
            "seconds_compress",
            compress,
            "seconds_evaluate",
            bees);
    Files.writeString(part, InventedStudy.part(trial, List.of(ofBirds, ofBirds, ofBees)));
  }

  @Test
  void trialsOfAKindTakeTheMeanOfThoseThatAreDone() throws IOException {
    done(TRIALS.get(0), "", "2", "3");
    done(TRIALS.get(1), "10", "2", "4");
    done(TRIALS.get(2), "14", "2", "4");
    RecordedSeconds forecast =
        RecordedSeconds.of(TRIALS, TrialFiles.in(folder), Device.cpu(), trial -> 99);

    assertThat(forecast.seconds(TRIALS.get(0))).isEqualTo(5);
    assertThat(
            RecordedSeconds.of(TRIALS, TrialFiles.in(folder), Device.gpu(), trial -> 99)
                .seconds(TRIALS.get(0)))
        .as("seconds of a processor say nothing of a GPU")
        .isEqualTo(99);
    assertThat(forecast.seconds(TRIALS.get(3))).isEqualTo(18);
    assertThat(forecast.isMeasured(TRIALS.get(3))).isTrue();

    RemainingTime outlook =
        RemainingTime.of(TRIALS, trial -> !trial.equals(TRIALS.get(3)), forecast, trial -> 7);
    assertThat(outlook.left()).containsExactly(18.0);
    assertThat(outlook.lines()).extracting(RemainingTime.Line::trials).containsExactly(1, 3);
    assertThat(outlook.lines()).extracting(RemainingTime.Line::done).containsExactly(1, 2);
    assertThat(outlook.secondsLeft(2)).isEqualTo(18);
  }

  @Test
  void otherKindsAreByTheirWorkAtTheSpeedOfThoseThatAreDone() throws IOException {
    done(TRIALS.get(0), "", "2", "3");
    RecordedSeconds forecast =
        RecordedSeconds.byWork(
            TRIALS,
            TrialFiles.in(folder),
            Device.cpu(),
            trial -> trial.calibration() == null ? 10 : 40);
    assertThat(forecast.seconds(TRIALS.get(1))).isEqualTo(20);
    assertThat(forecast.isMeasured(TRIALS.get(1))).isFalse();
    assertThat(
            RecordedSeconds.of(
                    TRIALS, TrialFiles.in(folder.resolve("nowhere")), Device.cpu(), trial -> 3)
                .seconds(TRIALS.get(0)))
        .isEqualTo(3);
  }

  @Test
  void theLongestAreTakenFirst() {
    // 7 | 6, then 5 to the second, 4 to the first, 3 to the second or first: 11 and 11, and 3 more
    assertThat(Makespan.seconds(List.of(3.0, 4.0, 5.0, 6.0, 7.0), 2)).isEqualTo(14);
    assertThat(Makespan.seconds(List.of(3.0, 4.0, 5.0, 6.0, 7.0), 1)).isEqualTo(25);
    // 7 | 6 | 5, then 4 to the third, 3 to the second
    assertThat(Makespan.seconds(List.of(3.0, 4.0, 5.0, 6.0, 7.0), 3)).isEqualTo(9);
    assertThat(Makespan.seconds(List.of(3.0, 4.0, 5.0, 6.0, 7.0), 9)).isEqualTo(7);
    // Graham's worst case for two workers: 3 + 2 + 2 against the best, 6
    assertThat(Makespan.seconds(List.of(2.0, 2.0, 2.0, 3.0, 3.0), 2)).isEqualTo(7);
    assertThat(Makespan.seconds(List.of(), 4)).isZero();
    assertThatThrownBy(() -> Makespan.seconds(List.of(1.0), 0)).hasMessageContaining("1 or more");
  }

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
