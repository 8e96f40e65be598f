/**
 * The report of a whole study: its tables and figures in one folder. The package stands on {@code
 * tare.report} and its figures. Begin with {@link tare.report.summary.StudyReport}.
 */
package tare.report.summary;
