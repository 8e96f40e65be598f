package tare.data;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** Writes JSON Lines: one JSON object per line, in UTF-8. {@link RowFile} reads them. */
public final class JsonLines {

  private static final ObjectMapper JSON = new ObjectMapper();

  private JsonLines() {}

  /**
   * Writes documents, one per line. The file appears under its name only when it is complete.
   *
   * @throws IOException if the file cannot be written
   */
  public static void write(Path file, List<Document> documents) throws IOException {
    writeObjects(file, documents);
  }

  /**
   * Writes values, one per line. The file appears under its name only when it is complete.
   *
   * @param objects records, or other values that become JSON objects
   * @throws IOException if the file cannot be written
   */
  public static void writeObjects(Path file, List<?> objects) throws IOException {
    WholeFile.write(
        file.toAbsolutePath(),
        out -> {
          Writer lines = new BufferedWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8));
          for (Object object : objects) {
            lines.write(TextFile.wellFormed(JSON.writeValueAsString(object)));
            lines.write('\n');
          }
          lines.flush();
        });
  }
}
