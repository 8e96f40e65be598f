package tare.study;

import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;

/** Reads what {@link RecordCsv} writes, as text. */
final class CsvRows {

  private static final CSVFormat WITH_HEADER =
      CSVFormat.DEFAULT.builder().setHeader().setSkipHeaderRecord(true).get();

  private CsvRows() {}

  /**
   * One map from column to cell for each line.
   *
   * @throws UncheckedIOException if the file is missing or is no such table
   */
  static List<Map<String, String>> read(Path file) {
    try (Reader reader = Files.newBufferedReader(file);
        CSVParser rows = CSVParser.parse(reader, WITH_HEADER)) {
      return rows.stream().map(CSVRecord::toMap).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(file + " cannot be read: " + e.getMessage(), e);
    }
  }
}
