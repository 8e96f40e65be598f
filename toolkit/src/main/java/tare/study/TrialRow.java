package tare.study;

import java.util.List;
import java.util.Optional;

/**
 * Describes how a trial was made, and what it cost. A value that does not apply is {@code null} and
 * leaves an empty cell.
 *
 * @param trial {@link Trial#id()}
 * @param model name or path, as in the study
 * @param method {@code none}, {@code rtn}, {@code gptq}, ...
 * @param bits requested bits per weight
 * @param groupSize weights of a row that share a scale
 * @param sparsityPattern {@code 0.5} or {@code 2:4}
 * @param methodSettings JSON of the method's other settings that differ from its defaults
 * @param bitsPerWeight mean over the compressed weights, scales and zeros included
 * @param sparsity share of zero weights among the compressed ones
 * @param selector name of the selector, {@code uniform} if a study names none
 * @param selectorLabel the selector's name and settings, for figures
 * @param selectorSettings JSON of the selector's settings that differ from its defaults
 * @param corpus the pool from which the set was chosen
 * @param samples number of calibration samples
 * @param tokensPerSample tokens per sample
 * @param set which of the disjoint sets, from 0
 * @param study name of the study
 * @param modelRevision SHA-256 of the uncompressed weights
 * @param recipe the method with all its settings, for people only
 * @param schedule order of compression, for instance {@code block by block}, and the number format
 *     of the samples if it is not float32
 * @param selectorText the selector with all its settings, for people only
 * @param corpusRevision SHA-256 of the corpus
 * @param calibrationSeed seed of the selection
 * @param tokensApart distance between nested sets in tokens
 * @param referencesRevision SHA-256 of the selector's reference items
 * @param calibrationFingerprint SHA-256 of the calibration tokens
 * @param secondsSelect time to choose the calibration set; the notes give the use of the cache and
 *     the peak memory
 * @param secondsCompress time to compress the model
 * @param peakMemoryMib peak resident memory of the process during the trial, earlier memory
 *     included
 * @param notes remarks that a reader of the scores must know; every fallback is noted
 * @param toolkitVersion version of Tare
 * @param engine tensor engine and its version
 * @param device device of the trial
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
   * The measured values of a trial, in contrast to the requested ones; as in {@link TrialRow}.
   *
   * @param recipe the method with all its settings
   * @param schedule order of compression
   * @param bitsPerWeight mean over the compressed weights
   * @param sparsity share of zero weights
   * @param selectorText the selector with all its settings
   * @param calibrationFingerprint SHA-256 of the calibration tokens
   * @param secondsSelect time to choose the calibration set
   * @param secondsCompress time to compress the model
   * @param peakMemoryMib peak resident memory
   * @param notes remarks that a reader of the scores must know
   * @param where the machine and the time
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
   * @param device device of the trial
   * @param precision number format of the evaluation
   * @param finishedUtc when the trial was done, ISO 8601
   */
  public record Where(
      String toolkitVersion, String engine, String device, String precision, String finishedUtc) {}

  /**
   * The row of a trial.
   *
   * @param study name of the study
   * @param trial the requested trial
   * @param measured its measured values
   */
  public static TrialRow of(String study, Trial trial, Measured measured) {
    SettingsColumns.OfMethod method = SettingsColumns.OfMethod.of(trial.method());
    Optional<Trial.Calibration> set = Optional.ofNullable(trial.calibration());
    Optional<SettingsColumns.OfSelector> selector =
        set.map(each -> SettingsColumns.OfSelector.of(each.selector(), choices(trial)));
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
        selector.map(SettingsColumns.OfSelector::name).orElse(null),
        selector.map(SettingsColumns.OfSelector::label).orElse(null),
        selector.map(SettingsColumns.OfSelector::settings).orElse(null),
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

  /** The tasks that serve as a study's own references. */
  private static List<String> choices(Trial trial) {
    return trial.tasks().stream()
        .map(Trial.PlannedTask::plan)
        .filter(TaskPlan.Choice.class::isInstance)
        .map(task -> ((TaskPlan.Choice) task).task())
        .toList();
  }
}
