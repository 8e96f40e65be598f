package tare.data;

/**
 * One text of a corpus.
 *
 * @param id unique within its corpus and the same in every run
 * @param source the corpus that holds it, for instance {@code news}
 * @param text the text, never blank
 */
public record Document(String id, String source, String text) {}
