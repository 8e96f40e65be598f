/**
 * Examines a calibration set that is given: what it lacks, and how much error it would cause. It
 * stands on {@code tare.study} and the selectors. Begin with {@link tare.audit.Audit}.
 */
package tare.audit;
