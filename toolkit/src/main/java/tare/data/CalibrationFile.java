package tare.data;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/**
 * Reads and writes calibration sets as JSON Lines. Each line holds one sample; the lines stand in
 * the order in which the samples are run. Other quantizers can read the file: those that tokenize
 * text themselves take the field {@code text}, the others take {@code input_ids}.
 */
public final class CalibrationFile {

  private CalibrationFile() {}

  /** The fields that each line holds. */
  public enum Form {
    /** All fields: {@code {"text", "input_ids", "document", "source", "selector"}}. */
    WHOLE,
    /** {@code {"text"}} only. Tokenizing the text again need not give the same tokens. */
    TEXT,
    /** {@code {"input_ids", "attention_mask"}} only. */
    INPUT_IDS
  }

  @JsonPropertyOrder({"text", "input_ids", "document", "source", "selector"})
  private record Entry(
      String text,
      @JsonProperty("input_ids") int[] inputIds,
      String document,
      String source,
      String selector) {}

  private record TextEntry(String text) {}

  @JsonPropertyOrder({"input_ids", "attention_mask"})
  private record TokenEntry(
      @JsonProperty("input_ids") int[] inputIds,
      @JsonProperty("attention_mask") int[] attentionMask) {}

  /**
   * Writes a set with all fields. The file appears under its name only when it is complete.
   *
   * @throws IOException if the file cannot be written
   */
  public static void write(Path file, CalibrationSet set) throws IOException {
    write(file, set, Form.WHOLE);
  }

  /**
   * Writes a set with the fields of a form. The file appears under its name only when it is
   * complete.
   *
   * @throws IOException if the file cannot be written
   */
  public static void write(Path file, CalibrationSet set, Form form) throws IOException {
    Function<Sample, Object> entry =
        switch (form) {
          case WHOLE ->
              s -> new Entry(s.text(), s.tokens(), s.document(), s.source(), set.selector());
          case TEXT -> s -> new TextEntry(s.text());
          case INPUT_IDS ->
              s -> {
                int[] mask = new int[s.tokens().length];
                Arrays.fill(mask, 1);
                return new TokenEntry(s.tokens(), mask);
              };
        };
    JsonLines.writeObjects(file, set.samples().stream().map(entry).toList());
  }

  /**
   * Reads a set that {@link #write} wrote with token ids. The set has the same fingerprint as
   * before.
   *
   * @throws IOException if the file is missing or not UTF-8
   * @throws IllegalArgumentException if token ids are missing, samples differ in length, or there
   *     is no sample; the message names file, line and field
   */
  public static CalibrationSet read(Path file) throws IOException {
    int[] length = {-1};
    String[] selector = {""};
    List<Sample> samples =
        JsonLines.read(
            file,
            (object, line) -> {
              int[] tokens = tokens(object);
              if (length[0] >= 0 && tokens.length != length[0]) {
                throw new IllegalArgumentException(
                    "field 'input_ids' has "
                        + tokens.length
                        + " token ids, but the first sample has "
                        + length[0]);
              }
              length[0] = tokens.length;
              selector[0] = object.path("selector").asText("unknown");
              return new Sample(
                  object.path("document").asText("line-" + line),
                  object.path("source").asText(CorpusFile.name(file)),
                  object.has("text") ? JsonLines.text(object, "text") : "",
                  tokens);
            });
    if (samples.isEmpty()) {
      throw new IllegalArgumentException(file + ": the file holds no sample.");
    }
    return new CalibrationSet(selector[0], new Budget(samples.size(), length[0]), samples);
  }

  /** Reads {@code input_ids}, or {@code tokens}, the name that earlier versions wrote. */
  private static int[] tokens(JsonNode object) {
    JsonNode node = object.path(object.has("input_ids") ? "input_ids" : "tokens");
    int[] tokens = new int[node.size()];
    for (int i = 0; i < tokens.length; i++) {
      if (!node.get(i).isInt() || node.get(i).asInt() < 0) {
        throw new IllegalArgumentException(
            "field 'input_ids' must hold token ids, which are whole numbers from 0");
      }
      tokens[i] = node.get(i).asInt();
    }
    if (tokens.length < 2) {
      throw new IllegalArgumentException(
          "field 'input_ids' must be a list of at least 2 token ids; a file of texts alone cannot"
              + " be read back");
    }
    return tokens;
  }
}
