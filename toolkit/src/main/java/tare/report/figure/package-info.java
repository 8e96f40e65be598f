/**
 * Figures, one class each. They stand on {@code tare.report}. Begin with {@link
 * tare.report.figure.SpreadBySource}.
 */
package tare.report.figure;
