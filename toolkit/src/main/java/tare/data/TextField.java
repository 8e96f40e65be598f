package tare.data;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The field of a row that holds the text of a document.
 *
 * @param path the name; {@code a.b} also names the field b of the object a
 */
record TextField(String path) {

  /** The field of Tare's own corpora. */
  static final TextField USUAL = new TextField("text");

  /** Whether a row has the field, be it null or blank. */
  boolean isIn(JsonNode row) {
    return !in(row).isMissingNode();
  }

  /** Whether the field of a row holds a text. */
  boolean isText(JsonNode row) {
    return in(row).isTextual();
  }

  /**
   * The text of a row; empty if it is missing, null or blank.
   *
   * @throws IllegalArgumentException if the field is not a text
   */
  String text(JsonNode row) {
    JsonNode node = in(row);
    if (node.isMissingNode() || node.isNull()) {
      return "";
    }
    if (!node.isTextual()) {
      throw new IllegalArgumentException(
          "field '%s' must be a text, but is %s. The fields are: %s"
              .formatted(path, kind(node), fields(row)));
    }
    return node.asText().isBlank() ? "" : node.asText();
  }

  /** The message that a row lacks the field. */
  String missing(JsonNode row) {
    return "no row has the field '%s'. The fields are: %s. Name the one that holds the text with --field NAME"
        .formatted(path, fields(row));
  }

  private JsonNode in(JsonNode row) {
    if (row.has(path)) {
      return row.get(path);
    }
    JsonNode node = row;
    for (String step : path.split("\\.", -1)) {
      node = node.path(step);
    }
    return node;
  }

  /** The names of a row's fields, those of inner objects too. */
  static String fields(JsonNode row) {
    List<String> names = new ArrayList<>();
    names("", row, names);
    return names.isEmpty() ? "none" : String.join(", ", names);
  }

  private static void names(String before, JsonNode row, List<String> names) {
    for (Map.Entry<String, JsonNode> field : row.properties()) {
      String name = before + field.getKey();
      if (field.getValue().isObject() && !field.getValue().isEmpty()) {
        names(name + ".", field.getValue(), names);
      } else {
        names.add(field.getValue().isTextual() ? name : name + " (" + kind(field.getValue()) + ")");
      }
    }
  }

  private static String kind(JsonNode node) {
    return switch (node.getNodeType()) {
      case ARRAY -> "a list";
      case OBJECT -> "an object";
      case NUMBER -> "a number";
      case BOOLEAN -> "true or false";
      case NULL -> "null";
      default -> "a text";
    };
  }
}
