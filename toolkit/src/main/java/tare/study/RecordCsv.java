package tare.study;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Writes records as a CSV table: one column per component ({@code tokensPerSample} becomes {@code
 * tokens_per_sample}), one line per record, UTF-8, line ends {@code \n}. A {@code null} or a NaN
 * leaves an empty cell.
 *
 * @param <R> the record class
 * @param type the record class, which gives the columns; must be public
 * @param rows the lines
 */
public record RecordCsv<R extends Record>(Class<R> type, List<R> rows) {

  /** Names of the columns, in order. */
  public List<String> columns() {
    return Arrays.stream(type.getRecordComponents()).map(RecordCsv::column).toList();
  }

  /** Writes the table. The stream stays open. */
  public void write(OutputStream out) throws IOException {
    CsvRows.write(out, columns(), cells());
  }

  /** The lines as text by column. */
  List<Map<String, String>> cells() {
    return rows.stream().map(this::cells).toList();
  }

  private Map<String, String> cells(R row) {
    Map<String, String> cells = new LinkedHashMap<>();
    for (RecordComponent component : type.getRecordComponents()) {
      cells.put(column(component), cell(component, row));
    }
    return cells;
  }

  private static String column(RecordComponent component) {
    return component.getName().replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
  }

  private static String cell(RecordComponent component, Record row) {
    try {
      Object value = component.getAccessor().invoke(row);
      boolean none = value == null || (value instanceof Double number && number.isNaN());
      return none ? "" : value.toString();
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(component + " cannot be read", e);
    }
  }
}
