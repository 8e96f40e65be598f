package tare.evaluate;

/**
 * The result of one item in one metric.
 *
 * @param task name of the task
 * @param item id of the item within the task
 * @param metric {@code acc} or {@code acc_norm}; {@code margin} or {@code margin_norm} of multiple
 *     choice; {@code nll}, the negative log-likelihood of a last word, or its mean over a window's
 *     predicted tokens; for a whole text {@code nats} (its negative log-likelihood), {@code words}
 *     and {@code bytes}; for a prompt with instructions {@code followed} and {@code instructions},
 *     the numbers of followed and of all instructions
 * @param value 0 or 1 for accuracies, nats for margins and {@code nll}, or a count
 */
public record Outcome(String task, String item, String metric, double value) {}
