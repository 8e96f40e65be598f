package tare.study;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import tare.compress.Method;
import tare.data.Budget;
import tare.data.Sha256;
import tare.model.Precision;
import tare.select.Selector;

/**
 * Everything that determines a result: one model, compressed in one way with one calibration set,
 * run on all tasks.
 *
 * @param model name or path
 * @param modelRevision SHA-256 of its weights
 * @param method the compression method
 * @param calibration the calibration set; {@code null} if the weights do not depend on any
 * @param tasks the tasks on which the model is scored
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
   * Identifies a calibration set.
   *
   * @param corpus the pool
   * @param corpusRevision SHA-256 of the pool
   * @param set which of the disjoint sets, from 0
   * @param budget size of the set
   * @param seed seed of the selection
   * @param selector how it is chosen; {@code null} for {@link tare.select.UniformDraw}
   * @param references identifies the reference tasks; {@code null} if the selector has none
   * @param tokensApart distance between nested sets in tokens, see {@link tare.select.NestedDraw};
   *     {@code null} if they are not nested
   * @param precision number format in which the samples run; {@code null} for float32
   */
  public record Calibration(
      String corpus,
      String corpusRevision,
      int set,
      Budget budget,
      long seed,
      Selector selector,
      String references,
      Long tokensApart,
      String precision) {

    private ObjectNode frozen() {
      ObjectNode frozen = JsonNodeFactory.instance.objectNode();
      frozen.put("corpus", corpus).put("corpusRevision", corpusRevision);
      if (precision != null) {
        frozen.put("precision", precision);
      }
      if (references != null) {
        frozen.put("references", references);
      }
      frozen.put("samples", budget.samples()).put("seed", seed);
      if (selector != null) {
        frozen.set("selector", Selectors.json(selector));
      }
      frozen.put("set", set);
      if (tokensApart != null) {
        frozen.put("tokensApart", tokensApart);
      }
      return frozen.put("tokensPerSample", budget.tokensPerSample());
    }
  }

  /**
   * A task and its version.
   *
   * @param plan the task as the study names it
   * @param version {@link tare.evaluate.Task#version()}
   */
  public record PlannedTask(TaskPlan plan, String version) {}

  /** Copies the list. */
  public Trial {
    tasks = List.copyOf(tasks);
  }

  /**
   * The first 16 hexadecimal digits of the SHA-256 of {@link #frozen()}. A renamed class or
   * component does not change the id.
   */
  public String id() {
    return HexFormat.of().formatHex(Sha256.digest(StudyFile.canonical(frozen())), 0, 8);
  }

  /** The trial as JSON with frozen names, without settings that equal their defaults. */
  ObjectNode frozen() {
    ObjectNode frozen = JsonNodeFactory.instance.objectNode();
    if (calibration != null) {
      frozen.set("calibration", calibration.frozen());
    }
    frozen.set("method", Methods.json(method));
    frozen.put("model", model).put("modelRevision", modelRevision).put("precision", precision);
    ArrayNode scored = frozen.putArray("tasks");
    tasks.forEach(task -> scored.add(StudyFile.tree(task.plan()).put("version", task.version())));
    return frozen;
  }

  /** The number format in which the samples run: float32 unless the calibration names another. */
  public Precision calibrationPrecision() {
    return calibration == null || calibration.precision() == null
        ? Precision.F32
        : Precision.named(calibration.precision());
  }

  /** One line for a progress display. */
  public String summary() {
    return method.calibrated()
        ? String.format(
            Locale.ROOT,
            "%s %s, %d x %d of %s, set %d%s",
            model,
            method.label(),
            calibration.budget().samples(),
            calibration.budget().tokensPerSample(),
            calibration.corpus(),
            calibration.set(),
            calibration.selector() == null ? "" : " by " + calibration.selector().label())
        : model + " " + method.label();
  }
}
