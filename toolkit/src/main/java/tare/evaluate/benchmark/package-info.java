/**
 * Published tasks, read from their own files. It stands on {@code tare.evaluate}. Begin with {@link
 * tare.evaluate.benchmark.Tasks}.
 */
package tare.evaluate.benchmark;
