package tare.evaluate;

/**
 * What one item gave.
 *
 * @param task name of the task
 * @param item id of the item within the task
 * @param metric {@code acc}, {@code acc_norm}; {@code nll}, minus a log-likelihood: of a last word,
 *     or the mean over a window's predicted tokens; of a whole text {@code nats} (minus its
 *     log-likelihood), {@code words} and {@code bytes}; of a prompt with instructions {@code
 *     followed} and {@code instructions}, how many were followed and given
 * @param value 0 or 1 for accuracies, nats or a count
 */
public record Outcome(String task, String item, String metric, double value) {}
