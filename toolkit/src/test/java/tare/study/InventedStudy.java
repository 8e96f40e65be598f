package tare.study;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.stream.Collectors;
import tare.calibrate.LayerReport;
import tare.compress.Gptq;
import tare.data.Budget;
import tare.data.CalibrationSet;
import tare.data.Progress;
import tare.data.Sample;
import tare.evaluate.Outcome;
import tare.study.TrialResult.ResultRow;

/** A study whose work is invented: results follow from the trial alone, at once. */
public final class InventedStudy {

  private InventedStudy() {}

  public static Study study(String name, int sets) {
    return new Study(
        name,
        List.of("red"),
        List.of("news"),
        sets,
        List.of(new Budget(2, 4)),
        List.of(new Gptq(3, 64).naturalOrder()),
        List.of(new TaskPlan.Choice("birds", 5)),
        7,
        "f32");
  }

  public static List<Trial> trials(Study study) {
    return study.trials(Revisions.NONE);
  }

  /** A part file with a line for each row; cells that a row does not name are empty. */
  public static String part(Trial trial, List<Map<String, String>> rows) {
    StringBuilder part = new StringBuilder(String.join(",", TrialOutput.COLUMNS)).append('\n');
    for (Map<String, String> row : rows) {
      part.append(
          TrialOutput.COLUMNS.stream()
              .map(column -> column.equals("trial") ? trial.id() : row.getOrDefault(column, ""))
              .collect(Collectors.joining(",", "", "\n")));
    }
    return part.toString();
  }

  public static Function<Trial, TrialResult> work(Study study, long milliseconds) {
    return trial -> {
      try {
        Thread.sleep(milliseconds);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      double value = Integer.parseInt(trial.id().substring(0, 4), 16) / 65536.0;
      Optional<CalibrationSet> calibration =
          Optional.ofNullable(trial.calibration())
              .map(
                  c ->
                      new CalibrationSet(
                          "Invented",
                          c.budget(),
                          List.of(new Sample("d" + c.set(), "news", "", new int[] {c.set()}))));
      return new TrialResult(
          TrialRow.of(
              study.name(),
              trial,
              new TrialRow.Measured(
                  "invented",
                  null,
                  null,
                  null,
                  null,
                  calibration.map(CalibrationSet::fingerprint).orElse(null),
                  null,
                  null,
                  null,
                  "a note, with \"quotes\"",
                  new TrialRow.Where("test", "none", "cpu", "f32", "2026-01-01T00:00:00Z"))),
          List.of(
              new ResultRow("birds", "acc", null, value, Double.NaN, 1, 0, null, null, 0.5, "1")),
          trial.calibration() == null
              ? List.of()
              : List.of(new LayerReport("q", 2, 2, value, value, 3, 0, "", 0.5)),
          List.of(new Outcome("birds", "1", "acc", value)),
          calibration);
    };
  }

  /**
   * Runs the study slowly in a process of its own, which the test kills: folder, sets. Told to end,
   * it takes a while, and its work fails meanwhile, as that of the tensor library does.
   */
  public static void main(String[] arguments) {
    AtomicBoolean ending = new AtomicBoolean();
    Thread slowly =
        new Thread(
            () -> {
              ending.set(true);
              LockSupport.parkNanos(Duration.ofMillis(300).toNanos());
            });
    Runtime.getRuntime().addShutdownHook(slowly);
    Study study = study("colours", Integer.parseInt(arguments[1]));
    List<Trial> trials = trials(study);
    try (ResultFolder results = ResultFolder.open(Path.of(arguments[0]), study, trials)) {
      Function<Trial, TrialResult> work = work(study, 40);
      new HereRunner(Progress.NONE)
          .run(
              trials,
              trial -> {
                if (ending.get()) {
                  throw new IllegalStateException("Shutdown in progress");
                }
                return work.apply(trial);
              },
              results);
    }
  }
}
