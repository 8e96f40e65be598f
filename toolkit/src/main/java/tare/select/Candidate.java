package tare.select;

import tare.data.Sample;

/**
 * A window that a selector may choose.
 *
 * @param index its index in the pool, from 0
 * @param sample the window
 * @param documents number of documents in the window
 */
public record Candidate(int index, Sample sample, int documents) {}
