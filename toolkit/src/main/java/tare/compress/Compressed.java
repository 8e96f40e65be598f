package tare.compress;

import tare.grid.Storage;

/**
 * A compressed weight.
 *
 * @param storage how it is stored
 * @param note remark that results show, for instance {@code damped x10}; empty if the compression
 *     went as requested
 */
public record Compressed(Storage storage, String note) {}
