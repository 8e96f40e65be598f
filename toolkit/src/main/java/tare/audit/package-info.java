/**
 * Examines a calibration set that is given: what it lacks, and what it would cost. It stands on
 * {@code tare.study} and the selectors. Begin with {@link tare.audit.Audit}.
 */
package tare.audit;
