/**
 * Chooses calibration sets by their activations in the model: statistics of activations, clusters,
 * coverage of outlier channels. The package stands on {@code tare.select}. Begin with {@link
 * tare.select.activation.ActivationStatistics}.
 */
package tare.select.activation;
