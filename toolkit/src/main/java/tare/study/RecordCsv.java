package tare.study;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVPrinter;
import org.apache.commons.csv.CSVRecord;

/**
 * Writes records as a CSV table: one column per component ({@code tokensPerSample} becomes {@code
 * tokens_per_sample}), one line per record, UTF-8, line ends {@code \n}. A component that is a
 * record itself has the columns of its own components. A {@code null} or a NaN leaves an empty
 * cell.
 *
 * <p>A spreadsheet runs a cell that begins with {@code =}, {@code +}, {@code -} or {@code @}. Such
 * a text gets an apostrophe in front, which {@link #read} takes away. Numbers stay as they are.
 *
 * @param <R> the record class
 * @param type the record class, which gives the columns; must be public
 * @param rows the lines
 */
public record RecordCsv<R extends Record>(Class<R> type, List<R> rows) {

  private static final Pattern RUNS = Pattern.compile("'*[=+\\-@\t\r].*", Pattern.DOTALL);
  private static final Pattern QUOTED = Pattern.compile("'+[=+\\-@\t\r].*", Pattern.DOTALL);
  private static final Pattern NUMBER =
      Pattern.compile("[+-]?(\\d+(\\.\\d*)?([eE][+-]?\\d+)?|Infinity|NaN)");

  private static final CSVFormat WITH_HEADER =
      CSVFormat.DEFAULT.builder().setHeader().setSkipHeaderRecord(true).get();

  /** Names of the columns, in order. */
  public List<String> columns() {
    return columns(type).toList();
  }

  private static Stream<String> columns(Class<?> type) {
    return Arrays.stream(type.getRecordComponents())
        .flatMap(
            component ->
                component.getType().isRecord()
                    ? columns(component.getType())
                    : Stream.of(column(component)));
  }

  /** Writes the table. The stream stays open. */
  public void write(OutputStream out) throws IOException {
    writeRows(out, columns(), cells());
  }

  /** The lines as text by column. */
  List<Map<String, String>> cells() {
    return rows.stream().map(this::cells).toList();
  }

  private Map<String, String> cells(R row) {
    Map<String, String> cells = new LinkedHashMap<>();
    put(row, cells);
    return cells;
  }

  private static void put(Record row, Map<String, String> cells) {
    for (RecordComponent component : row.getClass().getRecordComponents()) {
      Object value = value(component, row);
      if (value instanceof Record nested) {
        put(nested, cells);
      } else {
        boolean none = value == null || (value instanceof Double number && number.isNaN());
        cells.put(column(component), none ? "" : value.toString());
      }
    }
  }

  private static String column(RecordComponent component) {
    return component.getName().replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
  }

  private static Object value(RecordComponent component, Record row) {
    try {
      return component.getAccessor().invoke(row);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(component + " cannot be read", e);
    }
  }

  /**
   * Reads a table that {@link #write} wrote, of records of texts, whole numbers, real numbers and
   * truth values. An empty cell is NaN.
   *
   * @param in the table, not compressed; stays open
   * @throws IOException if a line does not fit the record
   */
  public static <R extends Record> List<R> records(Class<R> type, InputStream in)
      throws IOException {
    List<R> records = new ArrayList<>();
    try {
      CSVParser lines =
          CSVParser.parse(new InputStreamReader(in, StandardCharsets.UTF_8), WITH_HEADER);
      for (CSVRecord line : lines) {
        Map<String, String> cells = unquoted(line);
        records.add(record(type, cells));
      }
    } catch (ReflectiveOperationException | RuntimeException e) {
      throw new IOException(
          "Line %s is no %s: %s".formatted(records.size() + 2, type.getSimpleName(), e), e);
    }
    return records;
  }

  private static <T> T record(Class<T> type, Map<String, String> cells)
      throws ReflectiveOperationException {
    List<RecordComponent> components = List.of(type.getRecordComponents());
    List<Object> values = new ArrayList<>();
    for (RecordComponent component : components) {
      Class<?> part = component.getType();
      values.add(part.isRecord() ? record(part, cells) : value(part, cells.get(column(component))));
    }
    return type.getDeclaredConstructor(
            components.stream().map(RecordComponent::getType).toArray(Class<?>[]::new))
        .newInstance(values.toArray());
  }

  private static Object value(Class<?> type, String cell) {
    if (type == double.class) {
      return cell.isEmpty() ? Double.NaN : Double.parseDouble(cell);
    }
    if (type == int.class) {
      return Integer.parseInt(cell);
    }
    return type == boolean.class ? (Object) Boolean.parseBoolean(cell) : cell;
  }

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
      return rows.stream().map(RecordCsv::unquoted).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(file + " cannot be read: " + e.getMessage(), e);
    } catch (UncheckedIOException | IllegalArgumentException e) {
      throw new UncheckedIOException(
          file + " cannot be read: " + e.getMessage(), new IOException(e));
    }
  }

  private static Map<String, String> unquoted(CSVRecord row) {
    Map<String, String> cells = row.toMap();
    cells.replaceAll((column, cell) -> QUOTED.matcher(cell).matches() ? cell.substring(1) : cell);
    return cells;
  }

  private static String quoted(String cell) {
    boolean runs = RUNS.matcher(cell).matches() && !NUMBER.matcher(cell).matches();
    return runs ? "'" + cell : cell;
  }

  /** Opens a file that may be compressed. */
  static InputStream open(Path file) throws IOException {
    InputStream in = Files.newInputStream(file);
    return file.toString().endsWith(".gz") ? new GZIPInputStream(in) : in;
  }

  /**
   * Writes a table that {@link #read} reads. The stream stays open.
   *
   * @param columns the header; a line without one of them has an empty cell
   */
  static void writeRows(OutputStream out, List<String> columns, List<Map<String, String>> rows)
      throws IOException {
    print(out, columns, rows, RecordCsv::quoted);
  }

  /** Writes a table with the plain text of each cell, for a reader inside this program. */
  static void writePlain(OutputStream out, List<String> columns, List<Map<String, String>> rows)
      throws IOException {
    print(out, columns, rows, cell -> cell);
  }

  private static void print(
      OutputStream out,
      List<String> columns,
      List<Map<String, String>> rows,
      UnaryOperator<String> written)
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
      printer.printRecord(
          columns.stream().map(column -> written.apply(row.getOrDefault(column, ""))).toList());
    }
    printer.flush();
  }
}
