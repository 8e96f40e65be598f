/**
 * Scores of a model on tasks: requests, log-likelihoods, outcomes of items. It knows no
 * compression. It stands on {@code tare.model}. Begin with {@link tare.evaluate.Task}.
 */
package tare.evaluate;
