package tare.notebook;

import ai.djl.Device;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import tare.data.Progress;
import tare.model.Precision;
import tare.report.ResultTable;
import tare.study.Materials;
import tare.study.ResultRow;
import tare.study.Study;
import tare.study.Trial;
import tare.study.Work;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/**
 * A study and what was recorded of it.
 *
 * @param study the study
 * @param rows its {@code results.csv}
 */
public record Recording(Study study, Table rows) {

  /** The metrics of a trial that are shown again. */
  private static final Set<String> SHOWN = Set.of("perplexity", "acc");

  /**
   * The recording of a study in a data folder: {@code studies/NAME.json} and {@code
   * results/NAME/results.csv}.
   *
   * @throws IllegalArgumentException if either is missing or cannot be read
   */
  public static Recording read(Path data, String name) {
    Study study = Study.read(data.resolve("studies").resolve(name + ".json"));
    return new Recording(
        study,
        ResultTable.read(data.resolve("results").resolve(study.name()).resolve("results.csv")));
  }

  /** The recorded rows of one metric. */
  public Table metric(String metric) {
    return rows.where(rows.stringColumn("metric").isEqualTo(metric));
  }

  /**
   * A score as it was recorded and as it is now.
   *
   * @param apart by how much the second differs, as a fraction of the first
   */
  public record Again(
      String method,
      String corpus,
      int samples,
      int tokensPerSample,
      String task,
      String metric,
      double recorded,
      double now,
      double apart) {}

  /**
   * Runs some of the recorded trials here and now, in the precision of the recording.
   *
   * @param model the study's first model, as it is called here
   * @param which trials with a calibration set to take
   * @param most how many of them
   * @return their perplexities and accuracies; empty where the corpora here give none of the
   *     recorded calibration sets
   */
  public List<Again> again(
      String model,
      Materials materials,
      Device device,
      Predicate<Trial> which,
      int most,
      Progress progress) {
    Precision precision =
        Precision.named(rows.stringColumn("evaluation_precision").get(0)).on(device);
    Work work =
        new Work(study.name(), materials, device, precision, folder(), Clock.systemUTC(), progress);
    StringColumn sets = rows.stringColumn("calibration_fingerprint");
    List<Again> found = new ArrayList<>();
    materials.trials(study.forModel(model)).stream()
        .filter(trial -> trial.calibration() != null && which.test(trial))
        .filter(trial -> sets.contains(materials.calibrationSet(trial).set().fingerprint()))
        .limit(most)
        .flatMap(trial -> work.apply(trial).rows().stream())
        .filter(row -> SHOWN.contains(row.metric()))
        .forEach(row -> recorded(row).ifPresent(then -> found.add(again(row, then))));
    return found;
  }

  private Optional<Double> recorded(ResultRow row) {
    Table same =
        rows.where(
            rows.stringColumn("calibration_fingerprint")
                .isEqualTo(row.calibrationFingerprint())
                .and(rows.stringColumn("recipe").isEqualTo(row.recipe()))
                .and(rows.stringColumn("task").isEqualTo(row.task()))
                .and(rows.stringColumn("metric").isEqualTo(row.metric())));
    return same.isEmpty() ? Optional.empty() : Optional.of(same.doubleColumn("value").get(0));
  }

  private static Again again(ResultRow row, double recorded) {
    return new Again(
        row.method(),
        row.corpus(),
        row.samples(),
        row.tokensPerSample(),
        row.task(),
        row.metric(),
        recorded,
        row.value(),
        row.value() / recorded - 1);
  }

  private static Path folder() {
    try {
      return Files.createTempDirectory("again");
    } catch (IOException e) {
      throw new UncheckedIOException("No temporary folder can be made: " + e.getMessage(), e);
    }
  }
}
