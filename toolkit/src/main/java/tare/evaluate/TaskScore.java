package tare.evaluate;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * A model's accuracy on a task, compared with guessing: a row of {@code data/tasks.csv}.
 *
 * @param task name of the task
 * @param items number of items that were run
 * @param chance accuracy of a random guess
 * @param sameAnswer accuracy of the best constant answer
 * @param acc accuracy
 * @param accStandardError its standard error
 * @param accNorm accuracy by log-likelihood per character
 * @param accNormStandardError its standard error
 * @param aboveChance whether one of the two accuracies is more than two standard errors above both
 *     chance and sameAnswer
 * @param model name or path of the model
 * @param modelRevision SHA-256 of its weights
 * @param precision number format
 * @param taskVersion version of the task's protocol
 */
public record TaskScore(
    String task,
    int items,
    double chance,
    double sameAnswer,
    double acc,
    double accStandardError,
    double accNorm,
    double accNormStandardError,
    boolean aboveChance,
    String model,
    String modelRevision,
    String precision,
    String taskVersion) {

  private static final double STANDARD_ERRORS = 2;

  /**
   * Computes the score of a task from its outcomes.
   *
   * @param outcomes {@code acc} and {@code acc_norm} of each item
   */
  public static TaskScore of(
      MultipleChoice task,
      List<Outcome> outcomes,
      String model,
      String modelRevision,
      String precision) {
    Map<String, Aggregate> by =
        Aggregate.of(outcomes).stream()
            .collect(Collectors.toMap(Aggregate::metric, Function.identity()));
    Aggregate acc = by.get("acc");
    Aggregate accNorm = by.get("acc_norm");
    double blind = Math.max(task.chance(), task.sameAnswer());
    return new TaskScore(
        task.name(),
        acc.items(),
        task.chance(),
        task.sameAnswer(),
        acc.value(),
        acc.standardError(),
        accNorm.value(),
        accNorm.standardError(),
        isAbove(acc, blind) || isAbove(accNorm, blind),
        model,
        modelRevision,
        precision,
        task.version());
  }

  private static boolean isAbove(Aggregate score, double blind) {
    return score.value() > blind + STANDARD_ERRORS * score.standardError();
  }

  /** The score as one line for the terminal. */
  public String line() {
    return String.format(
        Locale.ROOT,
        "%s: %d items, random guess %.3f, constant answer %.3f, acc %.3f ± %.3f, acc_norm %.3f ± %.3f, %s",
        task,
        items,
        chance,
        sameAnswer,
        acc,
        accStandardError,
        accNorm,
        accNormStandardError,
        aboveChance ? "above chance" : "not above chance");
  }
}
