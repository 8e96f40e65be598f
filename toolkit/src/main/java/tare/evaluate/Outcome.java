package tare.evaluate;

/**
 * What one item gave.
 *
 * @param task name of the task
 * @param item id of the item within the task
 * @param metric {@code acc}, {@code acc_norm}, {@code nll} (mean over the window's predicted
 *     tokens, natural logarithm)
 * @param value 0 or 1 for accuracies, nats for {@code nll}
 */
public record Outcome(String task, String item, String metric, double value) {}
