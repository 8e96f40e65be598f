/**
 * Statistics on tables of results. The package only reads results and loads no model. Begin with
 * {@link tare.report.ResultTable}.
 */
package tare.report;
