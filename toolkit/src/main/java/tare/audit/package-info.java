/**
 * Examines a user's calibration set: what it lacks, and how much error it would cause. The package
 * stands on {@code tare.study} and the selectors. Begin with {@link tare.audit.Audit}.
 */
package tare.audit;
