package tare.study;

/**
 * One metric of one trial. What does not apply is {@code null} and leaves an empty cell.
 *
 * @param task name of the task
 * @param metric {@code acc}, {@code acc_norm}, {@code nll}, {@code perplexity}
 * @param filter how an answer is cut out of generated text
 * @param value a fraction for accuracies, nats for {@code nll}
 * @param standardError of {@code value}
 * @param items items or windows
 * @param shots examples in the prompt
 * @param evaluationLength tokens in a window
 * @param evaluationTokens predicted tokens in all
 * @param secondsEvaluate time to run this task
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
