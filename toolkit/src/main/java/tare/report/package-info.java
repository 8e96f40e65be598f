/**
 * Statistics on tables of results. It reads results only and loads no model. Begin with {@link
 * tare.report.ResultTable}.
 */
package tare.report;
