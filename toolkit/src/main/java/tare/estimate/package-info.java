/**
 * Forecasts time and memory before a study or a compression runs. The package stands on {@code
 * tare.study}. {@link tare.estimate.RelativeCost} counts work, {@link
 * tare.estimate.MeasuredSeconds} times this machine, and {@link tare.estimate.RecordedSeconds}
 * reads finished trials. Begin with {@link tare.estimate.RemainingTime}, which adds them up.
 */
package tare.estimate;
