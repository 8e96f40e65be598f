/**
 * Forecasts of time and memory, before a study or a compression is run. It stands on {@code
 * tare.study}. Begin with {@link tare.estimate.RemainingTime}.
 */
package tare.estimate;
