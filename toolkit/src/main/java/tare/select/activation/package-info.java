/**
 * Rules that choose a calibration set by what it activates in the model: statistics of activations,
 * clusters, coverage of outlier channels. It stands on {@code tare.select}. Begin with {@link
 * tare.select.activation.ActivationStatistics}.
 */
package tare.select.activation;
