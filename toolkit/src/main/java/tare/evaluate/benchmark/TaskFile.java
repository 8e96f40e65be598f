package tare.evaluate.benchmark;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import tare.evaluate.Fields;

/**
 * Reads the records of an official file, by the ending of its name: JSON Lines ({@code .jsonl}),
 * JSON ({@code .json}: an array, or one object per line), Parquet, tables ({@code .tsv}, {@code
 * .csv}) with a heading or with given columns, and plain text ({@code .txt}, {@code .raw}: each
 * line is a record with the field {@code text}). All but Parquet may be compressed ({@code
 * .jsonl.gz}). A list of answers beside a file ({@code valid-labels.lst} for {@code valid.jsonl})
 * becomes the field {@code label}.
 */
final class TaskFile {

  private static final ObjectMapper JSON = new ObjectMapper();

  private TaskFile() {}

  /** Whether the ending is known. */
  static boolean isKnown(String name) {
    return name.matches(".*\\.(jsonl|json|tsv|csv|txt|raw)(\\.gz)?|.*\\.parquet");
  }

  /**
   * Reads all records.
   *
   * @param columns the columns of a table without a heading; empty if tables have a heading
   * @throws IllegalArgumentException naming file and line of the error
   */
  static List<Fields> read(Path file, List<String> columns) {
    String name = file.getFileName().toString();
    try {
      List<Fields> records = new ArrayList<>();
      if (name.endsWith(".parquet")) {
        for (JsonNode row : ParquetRows.read(file)) {
          records.add(new Fields(row, file.toString(), "row " + (records.size() + 1)));
        }
        return records;
      }
      String plain = name.replaceFirst("\\.gz$", "");
      try (BufferedReader text =
          new BufferedReader(
              new InputStreamReader(open(file), StandardCharsets.UTF_8.newDecoder()))) {
        if (plain.endsWith(".tsv") || plain.endsWith(".csv")) {
          table(file, text, plain.endsWith(".tsv"), columns, records);
        } else if (plain.endsWith(".txt") || plain.endsWith(".raw")) {
          lines(file, text, records);
        } else {
          json(file, text, records);
        }
      }
      return withLabels(file, records);
    } catch (IOException | UncheckedIOException e) {
      throw new IllegalArgumentException(file + " cannot be read: " + e.getMessage(), e);
    }
  }

  private static InputStream open(Path file) throws IOException {
    InputStream in = new BufferedInputStream(Files.newInputStream(file));
    return file.toString().endsWith(".gz") ? new GZIPInputStream(in) : in;
  }

  private static void json(Path file, BufferedReader text, List<Fields> records)
      throws IOException {
    StringBuilder array = new StringBuilder();
    int number = 0;
    for (String line = text.readLine(); line != null; line = text.readLine()) {
      number++;
      if (array.length() > 0 || line.stripLeading().startsWith("[")) {
        array.append(line).append('\n');
      } else if (!line.isBlank()) {
        records.add(record(parse(line, file, "line " + number), file, "line " + number));
      }
    }
    if (array.length() > 0) {
      for (JsonNode each : parse(array.toString(), file, "the array")) {
        records.add(record(each, file, "element " + (records.size() + 1)));
      }
    }
  }

  private static JsonNode parse(String json, Path file, String place) {
    try {
      return JSON.readTree(json);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          "%s, %s: not JSON: %s".formatted(file, place, e.getOriginalMessage()), e);
    }
  }

  private static Fields record(JsonNode node, Path file, String place) {
    if (!node.isObject()) {
      throw new IllegalArgumentException(
          "%s, %s: not a JSON object, such as {\"question\": …}.".formatted(file, place));
    }
    return new Fields(node, file.toString(), place);
  }

  private static void lines(Path file, BufferedReader text, List<Fields> records)
      throws IOException {
    for (String line = text.readLine(); line != null; line = text.readLine()) {
      ObjectNode object = JSON.createObjectNode().put("text", line);
      records.add(new Fields(object, file.toString(), "line " + (records.size() + 1)));
    }
  }

  /**
   * Reads a table. Tab-separated files have no quoting: a quotation mark is an ordinary character.
   * A first row that equals the given columns is still a heading.
   */
  private static void table(
      Path file, BufferedReader text, boolean tabs, List<String> columns, List<Fields> records)
      throws IOException {
    CSVFormat.Builder format =
        tabs ? CSVFormat.TDF.builder().setQuote(null) : CSVFormat.DEFAULT.builder();
    format.setIgnoreSurroundingSpaces(false).setHeader(columns.toArray(String[]::new));
    format.setSkipHeaderRecord(columns.isEmpty());
    try (CSVParser rows = CSVParser.parse(text, format.get())) {
      for (CSVRecord row : rows) {
        if (row.getRecordNumber() == 1 && row.toList().equals(columns)) {
          continue;
        }
        if (!columns.isEmpty() && row.size() != columns.size()) {
          throw new IllegalArgumentException(
              "%s, row %d: the row has %d columns instead of the %d of %s."
                  .formatted(file, row.getRecordNumber(), row.size(), columns.size(), columns));
        }
        ObjectNode object = JSON.createObjectNode();
        row.toMap().forEach(object::put);
        records.add(new Fields(object, file.toString(), "row " + row.getRecordNumber()));
      }
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
          "%s has %d answers, but %s has %d records."
              .formatted(answers, labels.size(), file, records.size()));
    }
    for (int i = 0; i < labels.size(); i++) {
      ((ObjectNode) records.get(i).json()).put("label", labels.get(i));
    }
    return records;
  }
}
