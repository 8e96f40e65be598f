package tare.data;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The documents of one file of a corpus.
 *
 * @param documents the documents, in the order of the file
 * @param leftOut what is left out
 * @param conversations number of rows that are conversations
 * @param refusal that no row has the field; empty otherwise
 * @param isSet whether the file is a calibration set that {@code tare select} wrote: its provenance
 *     lies beside it, or its rows name their selector
 */
record DocumentRows(
    List<Entry> documents,
    LeftOut leftOut,
    int conversations,
    Optional<String> refusal,
    boolean isSet) {

  /**
   * A document.
   *
   * @param side where it lies; its text decides, or what the turns of a conversation say, so that a
   *     chat template moves no document to the other side
   */
  record Entry(Document document, CorpusSide side) {}

  /**
   * Numbers of rows that give no document.
   *
   * @param blank rows whose text is missing, null or blank
   * @param uncounted conversations of which no character counts, such as those that say nothing
   */
  record LeftOut(int blank, int uncounted) {

    LeftOut plus(LeftOut other) {
      return new LeftOut(blank + other.blank, uncounted + other.uncounted);
    }
  }

  /**
   * Reads a file. Plain text is one document. Other files give one document per row. A missing id
   * becomes {@code line-7}, for instance; a missing source becomes the name of the file. A row that
   * lacks the field is a conversation if its other fields say so.
   *
   * @param store keeps the texts of the documents that are used
   * @param used the side whose documents are used; those of the other side lose their text
   * @throws IOException if the file cannot be read
   * @throws IllegalArgumentException if a row is wrong, or is a conversation that cannot be
   *     written; the message names file, place and field
   */
  static DocumentRows read(
      Path file, TextField field, ChatWriter writer, TextStore store, CorpusSide used)
      throws IOException {
    RowFile rows = new RowFile(file);
    String source = RowFile.name(file);
    if (rows.form() == RowFile.Form.TEXT) {
      String text = TextFile.read(file).strip();
      return new DocumentRows(
          text.isEmpty()
              ? List.of()
              : List.of(entry(new Document(source, source, text), text, store, used)),
          new LeftOut(text.isEmpty() ? 1 : 0, 0),
          0,
          Optional.empty(),
          false);
    }
    Reading reading = new Reading(field, writer, source, store, used);
    rows.read(reading::row);
    return new DocumentRows(
        reading.documents,
        new LeftOut(reading.blank, reading.uncounted),
        reading.conversations,
        reading.isWithoutField() ? Optional.of(field.missing(reading.without)) : Optional.empty(),
        reading.samples > 0
            || (rows.form() == RowFile.Form.JSON && Files.exists(Provenance.beside(file))));
  }

  private static Entry entry(Document document, String identity, TextStore store, CorpusSide used) {
    CorpusSide side = CorpusSide.of(identity);
    return new Entry(
        used.holds(side) ? document.in(store) : new Document(document.id(), document.source(), ""),
        side);
  }

  /** Collects the rows of a file. */
  private static final class Reading {
    private final TextField field;
    private final ChatWriter writer;
    private final String source;
    private final TextStore store;
    private final CorpusSide used;
    private final List<Entry> documents = new ArrayList<>();
    private ObjectNode without;
    private boolean hasField;
    private int blank;
    private int uncounted;
    private int conversations;
    private int samples;

    Reading(TextField field, ChatWriter writer, String source, TextStore store, CorpusSide used) {
      this.field = field;
      this.writer = writer;
      this.source = source;
      this.store = store;
      this.used = used;
    }

    boolean isWithoutField() {
      return without != null && !hasField && conversations == 0;
    }

    void row(ObjectNode row, String place) {
      samples += row.has("selector") && row.has("input_ids") ? 1 : 0;
      Optional<ChatRecord> chat = field.isText(row) ? Optional.empty() : ChatRecord.of(row);
      String id = named(row, "id", place.replace(' ', '-'));
      if (chat.isPresent()) {
        try {
          conversation(chat.get(), id, named(row, "source", source));
        } catch (IllegalArgumentException e) {
          throw new IllegalArgumentException(
              "a chat record (%s): %s. The fields are: %s"
                  .formatted(
                      ChatRecord.fields(row).orElseThrow(), e.getMessage(), TextField.fields(row)),
              e);
        }
        return;
      }
      String text = field.text(row);
      hasField |= field.isIn(row);
      if (!text.isEmpty()) {
        documents.add(
            entry(new Document(id, named(row, "source", source), text), text, store, used));
        return;
      }
      blank++;
      if (without == null && !field.isIn(row)) {
        without = row;
      }
    }

    private void conversation(ChatRecord chat, String id, String from) {
      conversations++;
      Document document = writer.write(chat, id, from);
      if (chat.isBlank()
          || document.text().isBlank()
          || document.marks().isUncounted(document.text().length())) {
        uncounted++;
      } else {
        documents.add(entry(document, chat.spoken(), store, used));
      }
    }
  }

  private static String named(JsonNode row, String field, String otherwise) {
    JsonNode node = row.path(field);
    return node.isValueNode() && !node.isNull() ? node.asText() : otherwise;
  }
}
