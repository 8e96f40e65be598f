package tare.estimate;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tare.study.InventedStudy;
import tare.study.Study;
import tare.study.Trial;
import tare.study.TrialFiles;

/** Times of finished trials, and what follows for the others. */
class RecordedSecondsTest {

  private static final Study STUDY = InventedStudy.study("colours", 3);
  private static final List<Trial> TRIALS = InventedStudy.trials(STUDY);

  @TempDir private Path folder;

  /** Two metrics of one task, one of another. */
  private void done(Trial trial, String compress, String birds, String bees) throws IOException {
    Path part = folder.resolve("parts/" + trial.id() + ".csv");
    Files.createDirectories(part.getParent());
    Map<String, String> ofBirds =
        Map.of("task", "birds", "seconds_compress", compress, "seconds_evaluate", birds);
    Map<String, String> ofBees =
        Map.of(
            "task",
            "bees",
            "evaluation_length",
            "64",
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
    RecordedSeconds forecast = RecordedSeconds.of(TRIALS, TrialFiles.in(folder), trial -> 99);

    assertThat(forecast.seconds(TRIALS.get(0))).isEqualTo(5);
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
            TRIALS, TrialFiles.in(folder), trial -> trial.calibration() == null ? 10 : 40);
    assertThat(forecast.seconds(TRIALS.get(1))).isEqualTo(20);
    assertThat(forecast.isMeasured(TRIALS.get(1))).isFalse();
    assertThat(
            RecordedSeconds.of(TRIALS, TrialFiles.in(folder.resolve("nowhere")), trial -> 3)
                .seconds(TRIALS.get(0)))
        .isEqualTo(3);
  }
}
