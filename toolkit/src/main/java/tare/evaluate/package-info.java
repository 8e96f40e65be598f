/**
 * Scores a model on tasks: requests, log-likelihoods, outcomes of items. The package knows no
 * compression and stands on {@code tare.model}. Begin with {@link tare.evaluate.Task}.
 */
package tare.evaluate;
