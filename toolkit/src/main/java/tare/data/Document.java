package tare.data;

import com.fasterxml.jackson.annotation.JsonIgnore;

/**
 * One text of a corpus.
 *
 * @param id unique within its corpus and the same in every run
 * @param source the corpus that holds it, for instance {@code news}
 * @param text the text, never blank
 * @param marks the parts of a conversation's text that are template or do not count
 */
public record Document(String id, String source, String text, @JsonIgnore Marks marks) {

  /** A text without marks. */
  public Document(String id, String source, String text) {
    this(id, source, text, Marks.NONE);
  }
}
