package tare.compress;

/**
 * A compressed weight.
 *
 * @param storage how it is stored
 * @param note what did not go as asked, for instance {@code damped x10}; empty otherwise. It is
 *     shown in the results.
 */
public record Compressed(Storage storage, String note) {}
