package tare.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/**
 * Makes names that fit into a figure for methods with several settings: the name and the settings
 * that differ.
 */
public final class ShortNames {

  private static final String OTHER_SETTINGS = "method_settings";
  private static final String NUMBERS = "numbers";
  private static final ObjectMapper JSON = new ObjectMapper();

  private ShortNames() {}

  /**
   * The results with short names in the column {@code method}, where a method has several settings:
   * {@code gptq 3 bits g64}. Floating-point numbers always stand in it: {@code gptq nvfp4 4 bits
   * g16}. If methods would get the same name, all their other settings follow the name.
   *
   * @param results rows with the columns {@code method}, {@code bits}, {@code group_size}, {@code
   *     sparsity_pattern} and {@code method_settings}; a missing column counts as empty
   */
  public static Table methods(Table results) {
    Map<String, TreeSet<List<String>>> settings = new TreeMap<>();
    Map<String, TreeSet<String>> others = new TreeMap<>();
    for (int row = 0; row < results.rowCount(); row++) {
      List<String> all = List.of(brief(results, row), cell(results, OTHER_SETTINGS, row));
      settings
          .computeIfAbsent(
              results.stringColumn("method").get(row), any -> new TreeSet<>(Grouped.inOrder()))
          .add(all);
      others.computeIfAbsent(all.get(0), any -> new TreeSet<>()).add(all.get(1));
    }
    StringColumn names = StringColumn.create("method");
    for (int row = 0; row < results.rowCount(); row++) {
      String method = results.stringColumn("method").get(row);
      String brief = brief(results, row);
      String other = cell(results, OTHER_SETTINGS, row);
      boolean alone = settings.get(method).size() == 1;
      boolean clear = others.get(brief).size() == 1 || other.isEmpty();
      names.append(alone ? numbered(results, row) : clear ? brief : brief + " " + other);
    }
    return results.copy().replaceColumn("method", names);
  }

  private static String brief(Table results, int row) {
    List<String> parts = new ArrayList<>(List.of(numbered(results, row)));
    String bits = cell(results, "bits", row);
    String group = cell(results, "group_size", row);
    String pattern = cell(results, "sparsity_pattern", row);
    if (!bits.isEmpty()) {
      parts.add(bits + " bits");
    }
    if (!group.isEmpty()) {
      parts.add("g" + group);
    }
    if (!pattern.isEmpty()) {
      parts.add(pattern);
    }
    return String.join(" ", parts);
  }

  /** The method's name, and the kind of its numbers if they are not whole. */
  private static String numbered(Table results, int row) {
    String name = results.stringColumn("method").get(row);
    String settings = cell(results, OTHER_SETTINGS, row);
    if (settings.isEmpty()) {
      return name;
    }
    try {
      JsonNode numbers = JSON.readTree(settings).findValue(NUMBERS); // of the method or of a part
      boolean isNamed = numbers == null || List.of(name.split(" ")).contains(numbers.asText());
      return isNamed ? name : name + " " + numbers.asText();
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          "column " + OTHER_SETTINGS + " of " + name + " is not JSON: " + settings, e);
    }
  }

  private static String cell(Table results, String column, int row) {
    return results.containsColumn(column) ? results.column(column).getString(row) : "";
  }
}
