/**
 * Statistics that no library of ours has: a permutation test, and the number of sets for a test.
 */
package tare.report.statistics;
