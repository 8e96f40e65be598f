package tare.evaluate;

/**
 * How much a task runs through a model; forecasts of time are made of it.
 *
 * @param read tokens; what requests begin with alike counts once
 * @param scored tokens whose probability is asked for
 */
public record EvaluationTokens(long read, long scored) {}
