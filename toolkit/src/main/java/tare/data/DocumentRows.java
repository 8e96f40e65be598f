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
 * @param blank number of rows whose text is missing, null or blank; they are left out
 * @param refusal that no row has the field; empty otherwise
 * @param isSet whether the file is a calibration set that {@code tare select} wrote: its provenance
 *     lies beside it, or its rows name their selector
 */
record DocumentRows(List<Document> documents, int blank, Optional<String> refusal, boolean isSet) {

  /**
   * Reads a file. Plain text is one document. Other files give one document per row. A missing id
   * becomes {@code line-7}, for instance; a missing source becomes the name of the file.
   *
   * @throws IOException if the file cannot be read
   * @throws IllegalArgumentException if a row is wrong or is a chat record; the message names file,
   *     place and field
   */
  static DocumentRows read(Path file, TextField field) throws IOException {
    RowFile rows = new RowFile(file);
    String source = RowFile.name(file);
    if (rows.form() == RowFile.Form.TEXT) {
      String text = TextFile.read(file).strip();
      return new DocumentRows(
          text.isEmpty() ? List.of() : List.of(new Document(source, source, text)),
          text.isEmpty() ? 1 : 0,
          Optional.empty(),
          false);
    }
    List<Document> documents = new ArrayList<>();
    List<ObjectNode> without = new ArrayList<>();
    int[] counts = new int[3]; // blank rows, rows with the field, samples of a set
    rows.read(
        (row, place) -> {
          String text = field.text(row);
          counts[1] += field.isIn(row) ? 1 : 0;
          counts[2] += row.has("selector") && row.has("input_ids") ? 1 : 0;
          if (text.isEmpty()) {
            counts[0]++;
            if (without.isEmpty() && !field.isIn(row)) {
              without.add(row);
            }
            return;
          }
          documents.add(
              new Document(
                  named(row, "id", place.replace(' ', '-')), named(row, "source", source), text));
        });
    return new DocumentRows(
        documents,
        counts[0],
        counts[1] == 0 && !without.isEmpty()
            ? Optional.of(field.missing(without.get(0)))
            : Optional.empty(),
        counts[2] > 0
            || (rows.form() == RowFile.Form.JSON && Files.exists(Provenance.beside(file))));
  }

  private static String named(JsonNode row, String field, String otherwise) {
    JsonNode node = row.path(field);
    return node.isValueNode() && !node.isNull() ? node.asText() : otherwise;
  }
}
