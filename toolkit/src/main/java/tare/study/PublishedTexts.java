package tare.study;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Identifies the texts that a study read, without the texts themselves. The file has a line of JSON
 * for each sample of a calibration set, which begins with {@code "set"}, and one for each scored
 * item, which begins with {@code "task"}.
 *
 * @param sets the samples of each calibration set, by the set's fingerprint
 * @param scored the scored items, with the versions of their tasks
 */
record PublishedTexts(Map<String, List<TrialOutput.CalibrationRow>> sets, List<ScoredItem> scored) {

  private static final ObjectMapper JSON = new ObjectMapper();

  /** A sample of a calibration set, as one line of the file. */
  private record Line(String set, int sample, String source, String document, int tokens) {}

  /**
   * Reads the file; a missing one has no lines.
   *
   * @throws UncheckedIOException if the file cannot be read
   */
  static PublishedTexts read(Path file) {
    Map<String, List<TrialOutput.CalibrationRow>> sets = new HashMap<>();
    List<ScoredItem> scored = new ArrayList<>();
    if (!Files.isRegularFile(file)) {
      return new PublishedTexts(sets, scored);
    }
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(RecordCsv.open(file), StandardCharsets.UTF_8))) {
      for (String text = lines.readLine(); text != null; text = lines.readLine()) {
        JsonNode line = JSON.readTree(text);
        if (line.has("set")) {
          Line sample = JSON.treeToValue(line, Line.class);
          sets.computeIfAbsent(sample.set(), set -> new ArrayList<>())
              .add(
                  new TrialOutput.CalibrationRow(
                      sample.sample(), sample.source(), sample.document(), sample.tokens()));
        } else {
          scored.add(JSON.treeToValue(line, ScoredItem.class));
        }
      }
      return new PublishedTexts(sets, scored);
    } catch (IOException e) {
      throw new UncheckedIOException(file + " cannot be read: " + e.getMessage(), e);
    }
  }

  /** Writes the lines of the sets in the order of the map, and then those of the scored items. */
  void write(OutputStream out) throws IOException {
    Writer lines = new BufferedWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8));
    for (Map.Entry<String, List<TrialOutput.CalibrationRow>> set : sets.entrySet()) {
      for (TrialOutput.CalibrationRow row : set.getValue()) {
        write(
            new Line(set.getKey(), row.sample(), row.source(), row.document(), row.tokens()),
            lines);
      }
    }
    for (ScoredItem item : scored) {
      write(item, lines);
    }
    lines.flush();
  }

  private static void write(Object line, Writer lines) throws IOException {
    lines.write(JSON.writeValueAsString(line));
    lines.write('\n');
  }
}
