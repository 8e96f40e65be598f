package tare.study;

import java.util.List;
import java.util.Optional;
import tare.calibrate.LayerReport;
import tare.data.CalibrationSet;
import tare.evaluate.Outcome;

/**
 * The result of a trial.
 *
 * @param trial what identifies the trial, and what it cost
 * @param rows one per task and metric
 * @param layers a report on each compressed linear layer; empty for the uncompressed model
 * @param items one per item and metric, for paired tests
 * @param calibration the calibration set, if there is one
 */
public record TrialResult(
    TrialRow trial,
    List<ResultRow> rows,
    List<LayerReport> layers,
    List<Outcome> items,
    Optional<CalibrationSet> calibration) {

  /**
   * One metric of one trial. A value that does not apply is {@code null} and leaves an empty cell.
   *
   * @param task name of the task
   * @param metric {@code acc}, {@code acc_norm}, {@code margin}, {@code nll}, {@code perplexity},
   *     ...
   * @param filter how the answer is extracted from generated text
   * @param value a fraction for accuracies, nats for {@code nll} and margins
   * @param standardError standard error of {@code value}
   * @param items number of items or windows
   * @param shots number of solved examples in the prompt
   * @param evaluationLength tokens per window
   * @param evaluationTokens number of predicted tokens
   * @param secondsEvaluate time to run this task; of a perplexity and a divergence on the same
   *     windows, the first has the time of both
   * @param taskVersion version of the task's protocol
   */
  public record ResultRow(
      String task,
      String metric,
      String filter,
      Double value,
      Double standardError,
      Integer items,
      Integer shots,
      Integer evaluationLength,
      Long evaluationTokens,
      Double secondsEvaluate,
      String taskVersion) {}
}
