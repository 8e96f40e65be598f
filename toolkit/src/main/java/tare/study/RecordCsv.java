package tare.study;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVPrinter;

/**
 * Records as a CSV table: one column per component ({@code tokensPerSample} becomes {@code
 * tokens_per_sample}), one line per record, UTF-8, line ends {@code \n}. A {@code null} and a
 * number that is none leave an empty cell.
 *
 * @param <R> the record class
 * @param type the record class, which gives the columns; accessible from here, so public
 * @param rows the lines
 */
public record RecordCsv<R extends Record>(Class<R> type, List<R> rows) {

  /** Names of the columns, in order. */
  public List<String> columns() {
    return Arrays.stream(type.getRecordComponents()).map(RecordCsv::column).toList();
  }

  /** Writes the table; the stream stays open. */
  public void write(OutputStream out) throws IOException {
    CSVFormat format =
        CSVFormat.DEFAULT
            .builder()
            .setRecordSeparator("\n")
            .setHeader(columns().toArray(String[]::new))
            .get();
    CSVPrinter printer =
        new CSVPrinter(
            new BufferedWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8)), format);
    for (R row : rows) {
      List<Object> cells = new ArrayList<>();
      for (RecordComponent component : type.getRecordComponents()) {
        cells.add(cell(component, row));
      }
      printer.printRecord(cells);
    }
    printer.flush();
  }

  private static String column(RecordComponent component) {
    return component.getName().replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
  }

  private static Object cell(RecordComponent component, Record row) {
    try {
      Object value = component.getAccessor().invoke(row);
      return value instanceof Double number && number.isNaN() ? null : value;
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(component + " cannot be read", e);
    }
  }
}
