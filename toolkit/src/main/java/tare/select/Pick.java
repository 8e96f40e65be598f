package tare.select;

/**
 * Why a sample was chosen.
 *
 * @param rank its place in the set, from 0
 * @param document id of its (first) document
 * @param source its corpus
 * @param reason in words: the task that it is near, what it adds
 * @param score what the selector compared, in its own unit; see the selector
 */
public record Pick(int rank, String document, String source, String reason, double score) {}
