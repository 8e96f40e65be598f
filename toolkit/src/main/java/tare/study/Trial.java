package tare.study;

import java.util.HexFormat;
import java.util.List;
import tare.compress.Method;
import tare.data.Budget;
import tare.data.Sha256;

/**
 * Everything that determines a result: one model, compressed in one way with one calibration set,
 * run on all tasks.
 *
 * @param model name or path
 * @param modelRevision SHA-256 of its weights
 * @param method how it is compressed
 * @param calibration with what text; {@code null} if the weights do not depend on any
 * @param tasks what it is scored on
 * @param precision number format of the evaluation
 */
public record Trial(
    String model,
    String modelRevision,
    Method method,
    Calibration calibration,
    List<PlannedTask> tasks,
    String precision) {

  /**
   * Which calibration set.
   *
   * @param corpus the pool
   * @param corpusRevision SHA-256 of the pool
   * @param set which of the disjoint sets, from 0
   * @param budget the size of each
   * @param seed of the selection
   * @param selector how it is chosen; {@code null} for {@link tare.select.UniformDraw}
   * @param references what pins the reference tasks; {@code null} if the selector has none
   * @param tokensApart how far nested sets lie apart, see {@link tare.select.NestedDraw}; {@code
   *     null} if they are not nested
   */
  public record Calibration(
      String corpus,
      String corpusRevision,
      int set,
      Budget budget,
      long seed,
      SelectorPlan selector,
      String references,
      Long tokensApart) {}

  /**
   * A task and what pins it.
   *
   * @param plan the task as the study names it
   * @param version {@link tare.evaluate.Task#version()}
   */
  public record PlannedTask(TaskPlan plan, String version) {}

  /** Copies the list. */
  public Trial {
    tasks = List.copyOf(tasks);
  }

  /** The first 16 hexadecimal digits of the SHA-256 of this record as JSON. */
  public String id() {
    return HexFormat.of().formatHex(Sha256.digest(StudyFile.canonical(this)), 0, 8);
  }

  /** One line for a progress display. */
  public String summary() {
    return method.calibrated()
        ? "%s %s, %d x %d of %s, set %d%s"
            .formatted(
                model,
                method.label(),
                calibration.budget().samples(),
                calibration.budget().tokensPerSample(),
                calibration.corpus(),
                calibration.set(),
                calibration.selector() == null ? "" : " by " + calibration.selector().selector())
        : model + " " + method.label();
  }
}
