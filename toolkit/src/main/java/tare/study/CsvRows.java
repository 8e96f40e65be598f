package tare.study;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVPrinter;
import org.apache.commons.csv.CSVRecord;

/** Reads the lines of a CSV table as text by column, as {@link RecordCsv} writes them. */
final class CsvRows {

  private static final CSVFormat WITH_HEADER =
      CSVFormat.DEFAULT.builder().setHeader().setSkipHeaderRecord(true).get();

  private CsvRows() {}

  /**
   * One map from column to cell for each line.
   *
   * @param file a table, compressed if its name ends in {@code .gz}
   * @throws UncheckedIOException if the file is missing or has another form
   */
  static List<Map<String, String>> read(Path file) {
    try (InputStream in = open(file);
        Reader reader = new InputStreamReader(in, StandardCharsets.UTF_8);
        CSVParser rows = CSVParser.parse(reader, WITH_HEADER)) {
      return rows.stream().map(CSVRecord::toMap).toList();
    } catch (IOException | UncheckedIOException e) {
      throw new UncheckedIOException(
          file + " cannot be read: " + e.getMessage(),
          e instanceof IOException cause ? cause : ((UncheckedIOException) e).getCause());
    }
  }

  /** Opens a file that may be compressed. */
  static InputStream open(Path file) throws IOException {
    InputStream in = Files.newInputStream(file);
    return file.toString().endsWith(".gz") ? new GZIPInputStream(in) : in;
  }

  /**
   * Writes a table. The stream stays open.
   *
   * @param columns the header; a line without one of them has an empty cell
   */
  static void write(OutputStream out, List<String> columns, List<Map<String, String>> rows)
      throws IOException {
    CSVFormat format =
        CSVFormat.DEFAULT
            .builder()
            .setRecordSeparator("\n")
            .setHeader(columns.toArray(String[]::new))
            .get();
    CSVPrinter printer =
        new CSVPrinter(
            new BufferedWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8)), format);
    for (Map<String, String> row : rows) {
      printer.printRecord(columns.stream().map(column -> row.getOrDefault(column, "")).toList());
    }
    printer.flush();
  }
}
