/**
 * Forecasts of time and memory, made before a study or a compression is run. It stands on {@code
 * tare.study}. Time: {@link tare.estimate.RelativeCost} counts work, {@link
 * tare.estimate.MeasuredSeconds} times this machine, {@link tare.estimate.RecordedSeconds} reads
 * finished trials. Begin with {@link tare.estimate.RemainingTime}, which adds them up.
 */
package tare.estimate;
