/**
 * Tables and figures of a results table. One class is one table or figure: a pure function of a
 * Tablesaw table with the columns of {@code results.csv}.
 */
package tare.report;
