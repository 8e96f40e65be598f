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

  private static final List<String> CONVERSATIONS =
      List.of("messages", "conversations", "conversation", "dialog", "chosen");

  /** Fields of which both stand in a record of an instruction and its answer. */
  private static final List<List<String>> PAIRS =
      List.of(
          List.of("prompt", "completion"),
          List.of("prompt", "response"),
          List.of("instruction", "output"),
          List.of("instruction", "response"));

  /** Whether a row has the field, be it null or blank. */
  boolean isIn(JsonNode row) {
    return !in(row).isMissingNode();
  }

  /**
   * The text of a row; empty if it is missing, null or blank.
   *
   * @throws IllegalArgumentException if the field is not a text, or is missing in a chat record
   */
  String text(JsonNode row) {
    JsonNode node = in(row);
    if (node.isMissingNode() || node.isNull()) {
      requireNoChat(row);
      return "";
    }
    if (!node.isTextual()) {
      requireNoChat(row);
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

  private static void requireNoChat(JsonNode row) {
    for (String name : CONVERSATIONS) {
      if (row.path(name).isArray()) {
        throw chat("field '" + name + "'", row);
      }
    }
    for (List<String> pair : PAIRS) {
      if (pair.stream().allMatch(row::has)) {
        throw chat("fields '" + String.join("' and '", pair) + "'", row);
      }
    }
  }

  private static IllegalArgumentException chat(String what, JsonNode row) {
    return new IllegalArgumentException(
        "a chat record (%s): chat records are not supported as a corpus yet. Name a field of plain text with --field NAME (the fields are: %s), or write each conversation as one text into a field 'text', for instance with apply_chat_template(..., tokenize=False) of transformers"
            .formatted(what, fields(row)));
  }

  private static String fields(JsonNode row) {
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
