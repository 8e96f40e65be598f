package tare.data;

/**
 * One window of tokens.
 *
 * @param document id of the document (the first, where the window is packed from several)
 * @param source the corpus
 * @param text the text that the tokens decode to
 * @param tokens token ids, {@code [tokensPerSample]}
 */
public record Sample(String document, String source, String text, int[] tokens) {}
