/**
 * Figures, one class each. The package stands on {@code tare.report}. Begin with {@link
 * tare.report.figure.SpreadBySource}.
 */
package tare.report.figure;
