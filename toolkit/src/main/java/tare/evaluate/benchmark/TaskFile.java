package tare.evaluate.benchmark;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import tare.data.RowFile;
import tare.evaluate.Fields;

/**
 * Reads the records of an official file in one of the forms of {@link RowFile}. Tables have a
 * heading or given columns, and in tables with tabs a quotation mark is an ordinary character. Each
 * line of plain text is a record with the field {@code text}. A list of answers beside a file
 * ({@code valid-labels.lst} for {@code valid.jsonl}) becomes the field {@code label}.
 */
final class TaskFile {

  private TaskFile() {}

  /**
   * Reads all records.
   *
   * @param columns the columns of a table without a heading; empty if tables have a heading
   * @throws IllegalArgumentException naming file and place of the error
   */
  static List<Fields> read(Path file, List<String> columns) {
    try {
      List<Fields> records = new ArrayList<>();
      new RowFile(file, columns, false)
          .read((row, place) -> records.add(new Fields(row, file.toString(), place)));
      return withLabels(file, records);
    } catch (IOException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  private static List<Fields> withLabels(Path file, List<Fields> records) throws IOException {
    String name = file.getFileName().toString();
    Path answers = file.resolveSibling(name.replaceFirst("\\..*", "") + "-labels.lst");
    if (!Files.isRegularFile(answers)) {
      return records;
    }
    List<String> labels = Files.readAllLines(answers);
    if (labels.size() != records.size()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s has %d answers, but %s has %d records.",
              answers,
              labels.size(),
              file,
              records.size()));
    }
    for (int i = 0; i < labels.size(); i++) {
      ((ObjectNode) records.get(i).json()).put("label", labels.get(i));
    }
    return records;
  }
}
