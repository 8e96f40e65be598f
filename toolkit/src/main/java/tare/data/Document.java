package tare.data;

/**
 * One text of a corpus.
 *
 * @param id unique within its corpus and stable from run to run
 * @param source the corpus it belongs to, for instance {@code news}
 * @param text the text, never blank
 */
public record Document(String id, String source, String text) {}
