/**
 * Reads published tasks from their official files. The package stands on {@code tare.evaluate}.
 * Begin with {@link tare.evaluate.benchmark.Tasks}.
 */
package tare.evaluate.benchmark;
