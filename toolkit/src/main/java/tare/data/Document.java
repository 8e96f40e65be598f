package tare.data;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.util.Objects;
import java.util.function.Supplier;

/**
 * One text of a corpus. The text of a document that was read from a file is read again whenever it
 * is asked for, so that a corpus may be larger than the memory.
 */
@JsonPropertyOrder({"id", "source", "text"})
public final class Document {

  private final String id;
  private final String source;
  private final Supplier<String> text;
  private final Marks marks;

  /** A text without marks. */
  public Document(String id, String source, String text) {
    this(id, source, text, Marks.NONE);
  }

  /**
   * A text with marks.
   *
   * @param id unique within its corpus and the same in every run
   * @param source the corpus that holds it, for instance {@code news}
   * @param text the text, never blank
   * @param marks the parts of a conversation's text that are template or do not count
   */
  public Document(String id, String source, String text, Marks marks) {
    this(id, source, () -> text, marks);
  }

  private Document(String id, String source, Supplier<String> text, Marks marks) {
    this.id = id;
    this.source = source;
    this.text = text;
    this.marks = marks;
  }

  /** The same document, with its text in a store. */
  Document in(TextStore store) {
    return new Document(id, source, store.keep(text()), marks);
  }

  /** The same text under another name. */
  Document named(String otherId, String otherSource) {
    return new Document(otherId, otherSource, text, marks);
  }

  /** Unique within its corpus and the same in every run. */
  @JsonProperty
  public String id() {
    return id;
  }

  /** The corpus that holds it, for instance {@code news}. */
  @JsonProperty
  public String source() {
    return source;
  }

  /** The text, never blank. */
  @JsonProperty
  public String text() {
    return text.get();
  }

  /** The parts of a conversation's text that are template or do not count. */
  public Marks marks() {
    return marks;
  }

  /** Whether the other one has the same id, source, text and marks. */
  @Override
  public boolean equals(Object other) {
    return other instanceof Document that
        && id.equals(that.id)
        && source.equals(that.source)
        && marks.equals(that.marks)
        && text().equals(that.text());
  }

  @Override
  public int hashCode() {
    return Objects.hash(id, source, marks);
  }

  @Override
  public String toString() {
    return "Document[id=%s, source=%s, text=%s]".formatted(id, source, text());
  }
}
