package tare.data;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * A calibration set as JSON Lines that other quantizers read too: {@code {"text", "tokens",
 * "document", "source", "selector"}}, one sample a line, in the order in which they are run.
 */
public final class CalibrationFile {

  private CalibrationFile() {}

  @JsonPropertyOrder({"text", "tokens", "document", "source", "selector"})
  private record Entry(
      String text, int[] tokens, String document, String source, String selector) {}

  /**
   * Writes a set, under a temporary name that is replaced when whole.
   *
   * @throws IOException if the file cannot be written
   */
  public static void write(Path file, CalibrationSet set) throws IOException {
    JsonLines.writeObjects(
        file,
        set.samples().stream()
            .map(s -> new Entry(s.text(), s.tokens(), s.document(), s.source(), set.selector()))
            .toList());
  }

  /**
   * Reads a set that {@link #write} wrote: its fingerprint is the same again.
   *
   * @throws IOException if the file is missing or not UTF-8
   * @throws IllegalArgumentException naming file, line and field of what is wrong: samples that
   *     differ in length, no sample at all
   */
  public static CalibrationSet read(Path file) throws IOException {
    int[] length = {-1};
    String[] selector = {""};
    List<Sample> samples =
        JsonLines.read(
            file,
            (object, line) -> {
              int[] tokens = tokens(object.path("tokens"));
              if (length[0] >= 0 && tokens.length != length[0]) {
                throw new IllegalArgumentException(
                    "field 'tokens' has " + tokens.length + ", the first sample " + length[0]);
              }
              length[0] = tokens.length;
              selector[0] = object.path("selector").asText("unknown");
              return new Sample(
                  object.path("document").asText("line-" + line),
                  object.path("source").asText(CorpusFile.name(file)),
                  JsonLines.text(object, "text"),
                  tokens);
            });
    if (samples.isEmpty()) {
      throw new IllegalArgumentException(file + ": there is no sample in this file.");
    }
    return new CalibrationSet(selector[0], new Budget(samples.size(), length[0]), samples);
  }

  private static int[] tokens(JsonNode node) {
    int[] tokens = new int[node.size()];
    for (int i = 0; i < tokens.length; i++) {
      if (!node.get(i).isInt() || node.get(i).asInt() < 0) {
        throw new IllegalArgumentException("field 'tokens' must hold token ids, from 0");
      }
      tokens[i] = node.get(i).asInt();
    }
    if (tokens.length < 2) {
      throw new IllegalArgumentException("field 'tokens' must be a list of at least 2 token ids");
    }
    return tokens;
  }
}
