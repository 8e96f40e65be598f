package tare.select;

import tare.data.Sample;

/**
 * A window that a selector may choose.
 *
 * @param index its place in the pool, from 0
 * @param sample the window
 * @param documents how many documents it is made of
 */
public record Candidate(int index, Sample sample, int documents) {}
