package tare.data;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;

/**
 * Reads the rows of a file as JSON objects: corpora, calibration sets and the files of tasks.
 *
 * <p>The content decides on the form: JSON Lines, objects one after another, an array of objects,
 * one object of columns ({@code {"text": ["a", "b"]}}), or Parquet. The name decides what the
 * content cannot tell: tables with commas ({@code .csv}) or tabs ({@code .tsv}), and plain text
 * ({@code .txt}). All but Parquet may be compressed with gzip or Zstandard.
 *
 * @param file the file
 * @param columns the columns of a table without a heading; empty if tables have a heading
 * @param quotedTabs whether quotation marks enclose cells of tables with tabs, as pandas writes
 *     them; otherwise a quotation mark is an ordinary character, as in GLUE
 */
public record RowFile(Path file, List<String> columns, boolean quotedTabs) {

  private static final Pattern KNOWN =
      Pattern.compile(
          "\\.((jsonl|ndjson|json|csv|tsv|txt|raw)(\\.(gz|zst))?|parquet)$",
          Pattern.CASE_INSENSITIVE);

  /**
   * Texts may have any length; {@code NaN}, which Python writes, is read; texts are well formed.
   */
  static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          .nodeFactory(
              new JsonNodeFactory() {
                private static final long serialVersionUID = 1;

                @Override
                public TextNode textNode(String text) {
                  return super.textNode(TextFile.wellFormed(text));
                }
              })
          .build();

  static {
    JSON.getFactory()
        .setStreamReadConstraints(
            StreamReadConstraints.builder().maxStringLength(Integer.MAX_VALUE).build());
  }

  /** The forms of content. */
  enum Form {
    /** Apache Parquet. */
    PARQUET,
    /** JSON in any of its layouts. */
    JSON,
    /** A table with commas between the cells. */
    COMMAS,
    /** A table with tabs between the cells. */
    TABS,
    /** Plain text, in which each line is a row with the field {@code text}. */
    TEXT
  }

  /** Receives rows. */
  @FunctionalInterface
  public interface Receiver {

    /**
     * Called for each row, in order. The reader adds file and place to the message of an {@link
     * IllegalArgumentException}.
     *
     * @param row the row
     * @param place its place in the file, such as {@code line 7}
     */
    void row(ObjectNode row, String place);
  }

  /** Copies the list. */
  public RowFile {
    columns = List.copyOf(columns);
  }

  /** A file whose tables have a heading and quotation marks. */
  RowFile(Path file) {
    this(file, List.of(), true);
  }

  /** Whether the ending of a file's name is that of a form. */
  public static boolean isKnown(Path file) {
    return KNOWN.matcher(file.toString()).find();
  }

  /**
   * Whether a file holds rows of text, and not one plain text.
   *
   * @throws IOException if the file cannot be read
   */
  public static boolean holdsRows(Path file) throws IOException {
    return new RowFile(file).form() != Form.TEXT;
  }

  /** The name of a file without its folder and the ending of its form. */
  static String name(Path file) {
    return KNOWN
        .matcher(file.toAbsolutePath().normalize().getFileName().toString())
        .replaceFirst("");
  }

  /**
   * The form of the file's content.
   *
   * @throws IOException if the file cannot be read
   */
  Form form() throws IOException {
    String name = file.toString().toLowerCase(Locale.ROOT).replaceFirst("\\.(gz|zst)$", "");
    if (name.endsWith(".parquet") || TextFile.beginsWith(file, "PAR1")) {
      return Form.PARQUET;
    }
    if (name.endsWith(".csv")) {
      return Form.COMMAS;
    }
    if (name.endsWith(".tsv")) {
      return Form.TABS;
    }
    if (name.matches(".*\\.(json|jsonl|ndjson)")) {
      return Form.JSON;
    }
    boolean isText = name.matches(".*\\.(txt|raw)");
    try (BufferedReader text = TextFile.open(file)) {
      String line = text.readLine();
      while (line != null && line.isBlank()) {
        line = text.readLine();
      }
      String start = line == null ? "" : line.stripLeading();
      boolean isJson = isText ? isObject(start) : start.startsWith("{") || start.startsWith("[");
      return isJson ? Form.JSON : Form.TEXT;
    } catch (CharacterCodingException e) {
      throw TextFile.notUtf8(file, e);
    }
  }

  private static boolean isObject(String line) {
    try {
      return line.startsWith("{") && JSON.readTree(line).isObject();
    } catch (JsonProcessingException e) {
      return false;
    }
  }

  /**
   * Reads all rows.
   *
   * @throws IOException if the file is missing, damaged or not UTF-8
   * @throws IllegalArgumentException naming file and place of what is not a row, or of what the
   *     receiver refuses
   */
  public void read(Receiver receiver) throws IOException {
    Form form = form();
    if (form == Form.PARQUET) {
      int[] count = {0};
      ParquetRows.read(file, row -> give(receiver, row, "row " + ++count[0]));
      return;
    }
    try (BufferedReader text = TextFile.open(file)) {
      switch (form) {
        case JSON -> json(text, receiver);
        case COMMAS -> table(text, CSVFormat.DEFAULT, receiver);
        case TABS -> table(text, quotedTabs ? CSVFormat.TDF : unquoted(), receiver);
        default -> lines(text, receiver);
      }
    } catch (CharacterCodingException e) {
      throw TextFile.notUtf8(file, e);
    }
  }

  private static CSVFormat unquoted() {
    return CSVFormat.TDF.builder().setQuote(null).get();
  }

  private void give(Receiver receiver, JsonNode row, String place) {
    if (!row.isObject()) {
      throw wrong(place, "not a JSON object, such as {\"text\": \"...\"}", null);
    }
    try {
      receiver.row((ObjectNode) row, place);
    } catch (IllegalArgumentException e) {
      throw wrong(place, e.getMessage(), e);
    }
  }

  private IllegalArgumentException wrong(String place, String what, Exception cause) {
    return new IllegalArgumentException("%s, %s: %s.".formatted(file, place, what), cause);
  }

  private void json(BufferedReader text, Receiver receiver) throws IOException {
    try (JsonParser parser = JSON.createParser(text)) {
      JsonToken first = parser.nextToken();
      if (first == JsonToken.START_ARRAY) {
        array(parser, receiver);
      } else if (first != null) {
        objects(parser, receiver);
      }
    } catch (JsonProcessingException e) {
      int line = e.getLocation() == null ? 0 : e.getLocation().getLineNr();
      throw notJson("line " + line, e);
    }
  }

  private void array(JsonParser parser, Receiver receiver) throws IOException {
    for (int i = 1; parser.nextToken() != JsonToken.END_ARRAY; i++) {
      give(receiver, parser.readValueAsTree(), "element " + i);
    }
    if (parser.nextToken() != null) {
      throw wrong(
          "line " + parser.currentTokenLocation().getLineNr(), "something follows the array", null);
    }
  }

  /** Reads JSON Lines, or objects in any other layout one after another. */
  private void objects(JsonParser parser, Receiver receiver) throws IOException {
    String place = place(parser);
    JsonNode first = value(parser, place);
    if (parser.nextToken() == null) {
      alone(first, place, receiver);
      return;
    }
    give(receiver, first, place);
    do {
      place = place(parser);
      give(receiver, value(parser, place), place);
    } while (parser.nextToken() != null);
  }

  private static String place(JsonParser parser) {
    return "line " + parser.currentTokenLocation().getLineNr();
  }

  /** Reads a value. Its errors name the line of its beginning, where the mistake often is. */
  private JsonNode value(JsonParser parser, String place) throws IOException {
    try {
      return parser.readValueAsTree();
    } catch (JsonProcessingException e) {
      throw notJson(place, e);
    }
  }

  private IllegalArgumentException notJson(String place, JsonProcessingException e) {
    return wrong(place, "not JSON: " + e.getOriginalMessage(), e);
  }

  /** Gives the only value of a file: one row, or an object of columns. */
  private void alone(JsonNode value, String place, Receiver receiver) {
    if (!isColumns(value)) {
      give(receiver, value, place);
      return;
    }
    JsonNode first = value.iterator().next();
    Iterator<String> keys = first.fieldNames();
    for (int i = 0; i < first.size(); i++) {
      ObjectNode row = JSON.createObjectNode();
      String key = first.isObject() ? keys.next() : "";
      for (Map.Entry<String, JsonNode> column : value.properties()) {
        JsonNode cells = column.getValue();
        row.set(column.getKey(), cells.isArray() ? cells.get(i) : cells.get(key));
      }
      give(receiver, row, "row " + (i + 1));
    }
  }

  /**
   * Whether all values are lists of one length, or objects of the same keys (pandas). Lists of
   * numbers and truths alone are one row, such as the token ids and masks of a single sample; so is
   * a list of messages.
   */
  private static boolean isColumns(JsonNode value) {
    if (!value.isObject() || value.isEmpty() || ChatRecord.isOne(value)) {
      return false;
    }
    JsonNode first = value.iterator().next();
    boolean numbers = true;
    for (JsonNode column : value) {
      for (JsonNode cell : column) {
        numbers &= cell.isNumber() || cell.isBoolean();
      }
      if (!column.isContainerNode()
          || column.isArray() != first.isArray()
          || column.size() != first.size()
          || !names(column).equals(names(first))) {
        return false;
      }
    }
    return !numbers;
  }

  private static Set<String> names(JsonNode object) {
    Set<String> names = new TreeSet<>();
    object.fieldNames().forEachRemaining(names::add);
    return names;
  }

  private void table(BufferedReader text, CSVFormat format, Receiver receiver) throws IOException {
    int count = 0;
    CSVFormat cells = format.builder().setIgnoreSurroundingSpaces(false).get();
    try (CSVParser rows = CSVParser.parse(text, cells)) {
      List<String> names = columns;
      for (CSVRecord row : rows) {
        if (names.isEmpty() || (count == 0 && row.toList().equals(columns))) {
          names = row.toList();
          continue;
        }
        give(receiver, cells(row, names, ++count), "row " + count);
      }
    } catch (UncheckedIOException | IllegalStateException e) {
      if (e.getCause() instanceof CharacterCodingException wrong) {
        throw wrong;
      }
      throw wrong(
          "after row " + count,
          "not a table: %s. Put a cell that holds quotation marks into quotation marks"
              .formatted(e.getMessage()),
          e);
    }
  }

  private ObjectNode cells(CSVRecord row, List<String> names, int number) {
    if (row.size() > names.size() || (!columns.isEmpty() && row.size() < names.size())) {
      throw wrong(
          "row " + number,
          String.format(
              Locale.ROOT,
              "the row has %d columns instead of the %d of %s",
              row.size(),
              names.size(),
              names),
          null);
    }
    ObjectNode cells = JSON.createObjectNode();
    for (int i = 0; i < row.size(); i++) {
      cells.put(names.get(i), row.get(i));
    }
    return cells;
  }

  private void lines(BufferedReader text, Receiver receiver) throws IOException {
    int number = 0;
    for (String line = text.readLine(); line != null; line = text.readLine()) {
      give(receiver, JSON.createObjectNode().put("text", line), "line " + ++number);
    }
  }
}
