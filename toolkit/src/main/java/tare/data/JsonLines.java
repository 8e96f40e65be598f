package tare.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Reads and writes JSON Lines: one JSON object per line, UTF-8, blank lines allowed. */
public final class JsonLines {

  private static final ObjectMapper JSON = new ObjectMapper();

  private JsonLines() {}

  /**
   * Converts one line. If it throws an {@link IllegalArgumentException}, the reader adds file and
   * line to the message.
   */
  @FunctionalInterface
  interface LineReader<T> {
    T read(JsonNode object, int line);
  }

  /**
   * Reads documents {@code {"text", "id", "source"}} and ignores other fields. A missing id becomes
   * {@code line-7}, for instance; a missing source becomes the name of the file.
   *
   * @throws IOException if the file is missing or is not UTF-8
   * @throws IllegalArgumentException naming file, line and field of the error
   */
  public static List<Document> read(Path file) throws IOException {
    String source = CorpusFile.name(file);
    return read(
        file,
        (object, line) ->
            new Document(
                object.hasNonNull("id") ? object.get("id").asText() : "line-" + line,
                object.hasNonNull("source") ? object.get("source").asText() : source,
                text(object, "text")));
  }

  /**
   * Writes documents, one per line. The file appears under its name only when it is complete.
   *
   * @throws IOException if the file cannot be written
   */
  public static void write(Path file, List<Document> documents) throws IOException {
    writeObjects(file, documents);
  }

  /** Reads a field that must hold text and must not be blank. */
  static String text(JsonNode object, String field) {
    JsonNode node = object.get(field);
    if (node == null || !node.isTextual() || node.asText().isBlank()) {
      throw new IllegalArgumentException("field '" + field + "' must be a text, and not blank");
    }
    return node.asText();
  }

  static <T> List<T> read(Path file, LineReader<T> reader) throws IOException {
    List<T> read = new ArrayList<>();
    int line = 0;
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(
                Files.newInputStream(file), StandardCharsets.UTF_8.newDecoder()))) {
      for (String text = lines.readLine(); text != null; text = lines.readLine()) {
        line++;
        if (!text.isBlank()) {
          read.add(reader.read(object(text), line));
        }
      }
    } catch (NoSuchFileException e) {
      throw new IOException("There is no file " + file + ".", e);
    } catch (CharacterCodingException e) {
      throw new IOException(file + ", after line " + line + ": not UTF-8. Convert the file.", e);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(file + ", line " + line + ": " + e.getMessage() + ".", e);
    }
    return read;
  }

  private static JsonNode object(String line) {
    try {
      JsonNode node = JSON.readTree(line);
      if (node.isObject()) {
        return node;
      }
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("not JSON: " + e.getOriginalMessage(), e);
    }
    throw new IllegalArgumentException("not a JSON object, such as {\"text\": \"...\"}");
  }

  static void writeObjects(Path file, List<?> objects) throws IOException {
    WholeFile.write(
        file.toAbsolutePath(),
        out -> {
          Writer lines = new BufferedWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8));
          for (Object object : objects) {
            lines.write(JSON.writeValueAsString(object));
            lines.write('\n');
          }
          lines.flush();
        });
  }
}
