package tare.evaluate;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Reads the fields of one record of an official file. A field is named by its path ({@code
 * choices.text}). A list on the path stands for its elements, so {@code [{"text": "a"}, …]} and
 * {@code {"text": ["a", …]}} read alike. Several paths are alternatives, of which the first
 * existing one counts, because benchmarks are published in several layouts.
 *
 * @param json the record
 * @param file the file that holds the record
 * @param place position in the file, for instance {@code line 7}
 */
public record Fields(JsonNode json, String file, String place) {

  /** Whether one of the paths exists and is not null. */
  public boolean has(String... paths) {
    return find(paths).isPresent();
  }

  /**
   * Reads a text.
   *
   * @throws IllegalArgumentException naming the field, if none of the paths leads to a text
   */
  public String text(String... paths) {
    JsonNode node = required(paths);
    if (!node.isValueNode()) {
      throw wrong(paths, "is not a text");
    }
    return node.asText();
  }

  /**
   * Reads a list of texts.
   *
   * @throws IllegalArgumentException naming the field, if none of the paths leads to a list
   */
  public List<String> texts(String... paths) {
    JsonNode node = required(paths);
    if (!node.isArray() || node.isEmpty()) {
      throw wrong(paths, "is not a list, or is empty");
    }
    List<String> texts = new ArrayList<>();
    node.forEach(element -> texts.add(element.asText()));
    return texts;
  }

  /**
   * Reads a list of objects, each as fields of its own.
   *
   * @throws IllegalArgumentException naming the field, if the field is missing or is not a list
   */
  public List<Fields> parts(String path) {
    JsonNode node = required(path);
    if (!node.isArray()) {
      throw wrong(new String[] {path}, "is not a list");
    }
    List<Fields> parts = new ArrayList<>();
    node.forEach(
        each ->
            parts.add(
                new Fields(
                    each,
                    file,
                    String.format(Locale.ROOT, "%s, %s[%d]", place, path, parts.size()))));
    return parts;
  }

  /**
   * Reads a whole number, which may be written as text.
   *
   * @throws IllegalArgumentException naming the field, if there is no such number
   */
  public int number(String... paths) {
    String text = text(paths).strip();
    if (!text.matches("-?\\d{1,9}")) {
      throw wrong(paths, "is \"" + text + "\", not a whole number");
    }
    return Integer.parseInt(text);
  }

  /**
   * Index of the field's value among some labels.
   *
   * @throws IllegalArgumentException naming the field, if its value is none of the labels
   */
  public int indexAmong(List<String> labels, String... paths) {
    int index = labels.indexOf(text(paths).strip());
    if (index < 0) {
      throw wrong(paths, "is \"" + text(paths) + "\", which is none of " + labels);
    }
    return index;
  }

  /**
   * Index of the right choice, counted from 0.
   *
   * @param first the file's index of the first choice: 0 or 1
   * @param choices number of choices
   * @throws IllegalArgumentException naming the field, if the index is out of range
   */
  public int gold(int first, int choices, String... paths) {
    int index = number(paths) - first;
    if (index < 0 || index >= choices) {
      throw wrong(
          paths,
          String.format(
              Locale.ROOT,
              "is %d, but the right choice is one of %d to %d; a file without answers cannot be scored",
              index + first,
              first,
              first + choices - 1));
    }
    return index;
  }

  /** Makes an exception that names file, place and field. */
  public IllegalArgumentException wrong(String[] paths, String what) {
    return new IllegalArgumentException(
        "%s, %s: field %s %s.".formatted(file, place, String.join(" or ", paths), what));
  }

  private JsonNode required(String... paths) {
    return find(paths).orElseThrow(() -> wrong(paths, "is missing"));
  }

  private Optional<JsonNode> find(String... paths) {
    for (String path : paths) {
      JsonNode node = json;
      for (String step : path.split("\\.", -1)) {
        node = step(node, step);
      }
      if (node != null && !node.isMissingNode() && !node.isNull()) {
        return Optional.of(node);
      }
    }
    return Optional.empty();
  }

  private static JsonNode step(JsonNode node, String name) {
    if (!node.isArray()) {
      return node.path(name);
    }
    ArrayNode each = JsonNodeFactory.instance.arrayNode();
    for (JsonNode element : node) {
      if (element.path(name).isMissingNode()) {
        return element.path(name);
      }
      each.add(element.path(name));
    }
    return each;
  }
}
