package tare.study;

import ai.djl.Device;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import tare.data.Progress;
import tare.data.TemporaryFolder;
import tare.model.Precision;
import tare.study.TrialResult.ResultRow;

/**
 * A study and its recorded results.
 *
 * @param study the study
 * @param files its results
 */
public record RecordedStudy(Study study, TrialFiles files) {

  /** The metrics that a repeated trial shows. */
  private static final Set<String> SHOWN = Set.of("perplexity", "acc");

  /** Columns that distinguish two settings of a method. */
  private static final List<String> OF_METHOD =
      List.of("method", "bits", "group_size", "sparsity_pattern", "method_settings");

  /**
   * Reads the recording of a study in a data folder: {@code studies/NAME.json}, and its results,
   * both published ones and those of a run.
   *
   * @throws IllegalArgumentException if either is missing, or the study cannot be read
   */
  public static RecordedStudy read(Path data, String name) {
    Study study = Study.read(data.resolve("studies").resolve(name + ".json"));
    TrialFiles files = TrialFiles.of(data, study.name());
    if (files.finished().isEmpty()) {
      throw new IllegalArgumentException(
          "There are no results of the study %s in %s. Run the study first."
              .formatted(study.name(), data));
    }
    return new RecordedStudy(study, files);
  }

  /**
   * A recorded score beside the score of a repeated trial.
   *
   * @param apart difference of the two, as a fraction of the recorded score
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
   * Repeats some recorded trials on this machine, in the precision of the recording.
   *
   * @param model path or name of the study's first model on this machine
   * @param which selects among the trials with a calibration set
   * @param most largest number of trials
   * @return their perplexities and accuracies; empty if the corpora here give none of the recorded
   *     calibration sets
   * @throws IllegalArgumentException if no trial is selected
   */
  public List<Again> again(
      String model,
      Materials materials,
      Device device,
      Predicate<Trial> which,
      int most,
      Progress progress) {
    List<Map<String, String>> rows =
        files.finished().stream().flatMap(id -> files.rows(id).stream()).toList();
    Precision precision =
        Precision.named(rows.get(0).get("evaluation_precision")).resolvedOn(device);
    TrialRun work =
        new TrialRun(
            study.name(),
            materials,
            device,
            precision,
            TemporaryFolder.make("again"),
            Clock.systemUTC(),
            progress);
    Set<String> corpora = values(rows, "corpus_revision");
    Set<String> sets = values(rows, "calibration_fingerprint");
    List<Trial> selected =
        materials.trials(study.forModel(model)).stream()
            .filter(trial -> trial.calibration() != null && which.test(trial))
            .toList();
    if (selected.isEmpty()) {
      throw new IllegalArgumentException(
          "No trial of %s with a calibration set is selected: change the condition."
              .formatted(study.name()));
    }
    List<Again> found = new ArrayList<>();
    selected.stream()
        .filter(trial -> corpora.contains(trial.calibration().corpusRevision()))
        .filter(trial -> sets.contains(materials.calibrationSet(trial).set().fingerprint()))
        .limit(most)
        .map(work)
        .forEach(
            result ->
                result.rows().stream()
                    .filter(row -> SHOWN.contains(row.metric()))
                    .forEach(
                        row ->
                            recorded(rows, result.trial(), row)
                                .ifPresent(then -> found.add(again(result.trial(), row, then)))));
    return found;
  }

  private static Set<String> values(List<Map<String, String>> rows, String column) {
    return rows.stream().map(row -> row.get(column)).collect(Collectors.toSet());
  }

  private static Optional<Double> recorded(
      List<Map<String, String>> rows, TrialRow trial, ResultRow row) {
    Map<String, String> now = new RecordCsv<>(TrialRow.class, List.of(trial)).cells().get(0);
    return rows.stream()
        .filter(
            then ->
                then.get("calibration_fingerprint").equals(trial.calibrationFingerprint())
                    && OF_METHOD.stream()
                        .allMatch(column -> then.get(column).equals(now.get(column)))
                    && then.get("task").equals(row.task())
                    && then.get("metric").equals(row.metric()))
        .map(then -> Double.parseDouble(then.get("value")))
        .findFirst();
  }

  private static Again again(TrialRow trial, ResultRow row, double recorded) {
    return new Again(
        trial.method(),
        trial.corpus(),
        trial.samples(),
        trial.tokensPerSample(),
        row.task(),
        row.metric(),
        recorded,
        row.value(),
        row.value() / recorded - 1);
  }
}
