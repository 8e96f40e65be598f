package tare.evaluate;

/**
 * The number of tokens that a task runs through a model, on which forecasts of time rest.
 *
 * @param read tokens that the model reads; a common beginning of requests counts once
 * @param scored tokens whose probability is computed
 */
public record EvaluationTokens(long read, long scored) {}
