package tare.data;

/**
 * One window of tokens.
 *
 * @param document id of its document (the first one, if several are packed into the window)
 * @param source the corpus of that document
 * @param text the decoded tokens
 * @param tokens token ids, {@code [tokensPerSample]}
 */
public record Sample(String document, String source, String text, int[] tokens) {}
