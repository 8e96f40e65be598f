package tare.select;

/**
 * Says why a sample was chosen.
 *
 * @param rank its index in the set, from 0
 * @param document id of its (first) document
 * @param source its corpus
 * @param reason in words, for instance the nearest task or the gain
 * @param score the value that the selector compared, in the selector's own unit
 */
public record Pick(int rank, String document, String source, String reason, double score) {}
