package tare.study;

import java.util.List;
import java.util.Optional;

/**
 * What made a trial, and what it cost. What does not apply is {@code null} and leaves an empty
 * cell.
 *
 * @param trial {@link Trial#id()}
 * @param model name or path as the study gives it
 * @param method {@code none}, {@code rtn}, {@code gptq}, ...
 * @param bits of a weight, as the method is told
 * @param groupSize weights of a row that share a scale
 * @param sparsityPattern what is pruned, {@code 0.5} or {@code 2:4}
 * @param methodSettings JSON of the method's other settings, as far as they differ from its
 *     defaults
 * @param bitsPerWeight mean over the compressed weights, scales and zeros included
 * @param sparsity fraction of zero weights among the compressed ones
 * @param selector the name of what chose the calibration set, {@code uniform} if a study names none
 * @param selectorLabel the selector's name and settings, for figures
 * @param selectorSettings JSON of the selector's settings, as far as they differ from its defaults
 * @param corpus the pool that the set was chosen from
 * @param samples samples in the calibration set
 * @param tokensPerSample tokens in a sample
 * @param set which of the disjoint sets, from 0
 * @param study name of the study
 * @param modelRevision SHA-256 of the uncompressed weights
 * @param recipe the method with all its settings, as it describes itself; for people only
 * @param schedule how compression walks through the model, for instance {@code block by block}
 * @param selectorText the selector with all its settings, as it describes itself; for people only
 * @param corpusRevision SHA-256 of the corpus
 * @param calibrationSeed seed of the selection
 * @param tokensApart how far nested sets lie apart
 * @param referencesRevision SHA-256 of the selector's reference items
 * @param calibrationFingerprint SHA-256 of the calibration tokens
 * @param secondsSelect time to choose the calibration set; the notes say how much of what that
 *     needs came from the cache, and the memory at its peak
 * @param secondsCompress time to compress the model
 * @param peakMemoryMib most resident memory of the process in the course of the trial, with what it
 *     held before
 * @param notes what a reader of the scores must know; never silent about a fallback
 * @param toolkitVersion version of Tare
 * @param engine tensor engine and its version
 * @param device where it ran
 * @param evaluationPrecision number format of the evaluation
 * @param finishedUtc when the trial was done, ISO 8601
 */
public record TrialRow(
    String trial,
    String model,
    String method,
    Integer bits,
    Integer groupSize,
    String sparsityPattern,
    String methodSettings,
    Double bitsPerWeight,
    Double sparsity,
    String selector,
    String selectorLabel,
    String selectorSettings,
    String corpus,
    Integer samples,
    Integer tokensPerSample,
    Integer set,
    String study,
    String modelRevision,
    String recipe,
    String schedule,
    String selectorText,
    String corpusRevision,
    Long calibrationSeed,
    Long tokensApart,
    String referencesRevision,
    String calibrationFingerprint,
    Double secondsSelect,
    Double secondsCompress,
    Long peakMemoryMib,
    String notes,
    String toolkitVersion,
    String engine,
    String device,
    String evaluationPrecision,
    String finishedUtc) {

  /**
   * What was measured of a trial, as against what it was asked for; as in {@link TrialRow}.
   *
   * @param recipe the method as it describes itself
   * @param schedule how compression walked through the model
   * @param bitsPerWeight mean over the compressed weights
   * @param sparsity fraction of zero weights
   * @param selectorText the selector as it describes itself
   * @param calibrationFingerprint SHA-256 of the calibration tokens
   * @param secondsSelect time to choose the calibration set
   * @param secondsCompress time to compress the model
   * @param peakMemoryMib most resident memory
   * @param notes what a reader of the scores must know
   * @param where which machine, and when
   */
  public record Measured(
      String recipe,
      String schedule,
      Double bitsPerWeight,
      Double sparsity,
      String selectorText,
      String calibrationFingerprint,
      Double secondsSelect,
      Double secondsCompress,
      Long peakMemoryMib,
      String notes,
      Where where) {}

  /**
   * Where and when a trial was done.
   *
   * @param toolkitVersion version of Tare
   * @param engine tensor engine and its version
   * @param device where it ran
   * @param precision number format of the evaluation
   * @param finishedUtc when the trial was done, ISO 8601
   */
  public record Where(
      String toolkitVersion, String engine, String device, String precision, String finishedUtc) {}

  /**
   * The row of a trial.
   *
   * @param study name of the study
   * @param trial what was asked for
   * @param measured what came out
   */
  public static TrialRow of(String study, Trial trial, Measured measured) {
    FrozenSettings.OfMethod method = FrozenSettings.ofMethod(trial.method());
    Optional<Trial.Calibration> set = Optional.ofNullable(trial.calibration());
    Optional<FrozenSettings.OfSelector> selector =
        set.map(each -> FrozenSettings.ofSelector(each.selector(), choices(trial)));
    return new TrialRow(
        trial.id(),
        trial.model(),
        trial.method().label(),
        method.bits(),
        method.groupSize(),
        method.sparsityPattern(),
        method.settings(),
        measured.bitsPerWeight(),
        measured.sparsity(),
        selector.map(FrozenSettings.OfSelector::name).orElse(null),
        selector.map(FrozenSettings.OfSelector::label).orElse(null),
        selector.map(FrozenSettings.OfSelector::settings).orElse(null),
        set.map(Trial.Calibration::corpus).orElse(null),
        set.map(each -> each.budget().samples()).orElse(null),
        set.map(each -> each.budget().tokensPerSample()).orElse(null),
        set.map(Trial.Calibration::set).orElse(null),
        study,
        trial.modelRevision(),
        measured.recipe(),
        measured.schedule(),
        measured.selectorText(),
        set.map(Trial.Calibration::corpusRevision).orElse(null),
        set.map(Trial.Calibration::seed).orElse(null),
        set.map(Trial.Calibration::tokensApart).orElse(null),
        set.map(Trial.Calibration::references).orElse(null),
        measured.calibrationFingerprint(),
        measured.secondsSelect(),
        measured.secondsCompress(),
        measured.peakMemoryMib(),
        measured.notes(),
        measured.where().toolkitVersion(),
        measured.where().engine(),
        measured.where().device(),
        measured.where().precision(),
        measured.where().finishedUtc());
  }

  /** The tasks that are a study's own references. */
  private static List<String> choices(Trial trial) {
    return trial.tasks().stream()
        .map(Trial.PlannedTask::plan)
        .filter(TaskPlan.Choice.class::isInstance)
        .map(task -> ((TaskPlan.Choice) task).task())
        .toList();
  }
}
