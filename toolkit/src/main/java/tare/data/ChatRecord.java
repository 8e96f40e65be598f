package tare.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A conversation in a row of a file. The fields of the row tell its layout:
 *
 * <ul>
 *   <li>{@code messages} and its like: a list of {@code {"role", "content"}};
 *   <li>{@code conversations}, as ShareGPT writes it: a list of {@code {"from", "value"}};
 *   <li>{@code instruction}, {@code input} and {@code output}, as in Alpaca;
 *   <li>{@code prompt} and {@code completion}, which may be texts or lists of messages.
 * </ul>
 *
 * <p>A field {@code system} becomes the first message; a field {@code tools} lists the functions
 * that the model may call.
 *
 * @param messages the turns, oldest first, as JSON objects with {@code role} and {@code content};
 *     further fields, such as {@code tool_calls}, are kept for the template
 * @param tools JSON schemas of functions; empty for none
 */
public record ChatRecord(List<Map<String, Object>> messages, List<Map<String, Object>> tools) {

  private static final ObjectMapper JSON = new ObjectMapper();

  private static final List<String> LISTS =
      List.of("messages", "conversations", "conversation", "dialog");

  /** Fields that hold a question and its answer, of which both must be there. */
  private static final Map<String, List<String>> PAIRS = new LinkedHashMap<>();

  static {
    PAIRS.put("prompt", List.of("completion", "response", "chosen"));
    PAIRS.put("instruction", List.of("output", "response"));
  }

  /** Fields that go on with an instruction. */
  private static final List<String> INPUTS = List.of("input", "context");

  /** The speakers of ShareGPT. */
  private static final Map<String, String> SPEAKERS =
      Map.ofEntries(
          Map.entry("human", "user"),
          Map.entry("user", "user"),
          Map.entry("gpt", "assistant"),
          Map.entry("chatgpt", "assistant"),
          Map.entry("bing", "assistant"),
          Map.entry("bard", "assistant"),
          Map.entry("model", "assistant"),
          Map.entry("assistant", "assistant"),
          Map.entry("function_call", "assistant"),
          Map.entry("system", "system"),
          Map.entry("observation", "tool"),
          Map.entry("function_response", "tool"),
          Map.entry("tool", "tool"));

  /** Copies the lists. */
  public ChatRecord {
    messages = List.copyOf(messages);
    tools = List.copyOf(tools);
  }

  /**
   * Reads the conversation of a row.
   *
   * @return empty if no field of the row tells that it is a conversation
   * @throws IllegalArgumentException if a message has no role or no content, or a field has another
   *     form; the message names the field
   */
  public static Optional<ChatRecord> of(ObjectNode row) {
    Optional<String> fields = fields(row);
    if (fields.isEmpty()) {
      return Optional.empty();
    }
    List<Map<String, Object>> messages = new ArrayList<>();
    for (String list : LISTS) {
      if (messages.isEmpty() && row.path(list).isArray()) {
        messages.addAll(messages(list, row.get(list)));
      }
    }
    if (messages.isEmpty()) {
      messages.addAll(pair(row));
    }
    if (messages.isEmpty()) {
      throw new IllegalArgumentException(fields.get() + ": the conversation has no message");
    }
    String system = row.path("system").asText("");
    if (!system.isBlank() && !messages.get(0).get("role").equals("system")) {
      messages.add(0, message("system", system));
    }
    return Optional.of(new ChatRecord(messages, tools(row.path("tools"))));
  }

  /** The fields that tell that a row is a conversation, in words; empty if there are none. */
  static Optional<String> fields(JsonNode row) {
    for (String list : LISTS) {
      if (row.path(list).isArray()) {
        return Optional.of("field '" + list + "'");
      }
    }
    for (String question : PAIRS.keySet()) {
      for (String answer : PAIRS.get(question)) {
        if (isTurn(row.path(question)) && isTurn(row.path(answer))) {
          return Optional.of("fields '" + question + "' and '" + answer + "'");
        }
      }
    }
    return Optional.empty();
  }

  private static boolean isTurn(JsonNode node) {
    return node.isTextual() || node.isArray();
  }

  /** A question and its answer. */
  private static List<Map<String, Object>> pair(ObjectNode row) {
    List<Map<String, Object>> messages = new ArrayList<>();
    for (String question : PAIRS.keySet()) {
      for (String answer : PAIRS.get(question)) {
        if (messages.isEmpty() && isTurn(row.path(question)) && isTurn(row.path(answer))) {
          List<Map<String, Object>> answers = turns(row, answer, "assistant");
          boolean isWhole = !answers.isEmpty() && !answers.get(0).get("role").equals("assistant");
          if (!isWhole) { // lists of chosen answers often repeat the question
            messages.addAll(turns(row, question, "user"));
          }
          messages.addAll(answers);
        }
      }
    }
    return messages;
  }

  /** A field that holds one turn as a text, or a list of messages. */
  private static List<Map<String, Object>> turns(ObjectNode row, String field, String role) {
    if (row.get(field).isArray()) {
      return messages(field, row.get(field));
    }
    String text = row.get(field).asText();
    for (String more : INPUTS) {
      if (field.equals("instruction") && !row.path(more).asText("").isBlank()) {
        text += "\n" + row.get(more).asText();
      }
    }
    return List.of(message(role, text));
  }

  private static List<Map<String, Object>> messages(String field, JsonNode list) {
    List<Map<String, Object>> messages = new ArrayList<>();
    for (JsonNode each : list) {
      try {
        messages.add(message(each));
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "field '%s', message %d %s",
                field,
                messages.size() + 1,
                e.getMessage()),
            e);
      }
    }
    return messages;
  }

  private static Map<String, Object> message(JsonNode given) {
    if (!given.isObject()) {
      throw new IllegalArgumentException(
          "is not an object with 'role' and 'content', but " + given.getNodeType());
    }
    Map<String, Object> message = JSON.convertValue(given, new TypeReference<>() {});
    String speaker = given.path("role").asText(given.path("from").asText(""));
    if (speaker.isBlank()) {
      throw new IllegalArgumentException(
          "has no 'role' (or 'from'). Its fields are: " + String.join(", ", message.keySet()));
    }
    boolean isOfShareGpt = !given.hasNonNull("role");
    if (isOfShareGpt && !SPEAKERS.containsKey(speaker.toLowerCase(Locale.ROOT))) {
      throw new IllegalArgumentException(
          "is from '%s', which is none of: %s"
              .formatted(
                  speaker, SPEAKERS.keySet().stream().sorted().collect(Collectors.joining(", "))));
    }
    JsonNode content = given.has("content") ? given.get("content") : given.path("value");
    if (content.isMissingNode() || (content.isNull() && !given.hasNonNull("tool_calls"))) {
      throw new IllegalArgumentException(
          "has no 'content' (or 'value'). Its fields are: " + String.join(", ", message.keySet()));
    }
    message.remove("from");
    message.remove("value");
    message.put("role", isOfShareGpt ? SPEAKERS.get(speaker.toLowerCase(Locale.ROOT)) : speaker);
    message.put("content", JSON.convertValue(content, Object.class));
    return message;
  }

  private static Map<String, Object> message(String role, String content) {
    Map<String, Object> message = new LinkedHashMap<>();
    message.put("role", role);
    message.put("content", content);
    return message;
  }

  /** A list of schemas, or its text. */
  private static List<Map<String, Object>> tools(JsonNode given) {
    try {
      JsonNode list = given.isTextual() ? JSON.readTree(given.asText()) : given;
      if (list.isMissingNode() || list.isNull()) {
        return List.of();
      }
      return JSON.convertValue(list, new TypeReference<>() {});
    } catch (JsonProcessingException | IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "field 'tools' must be a list of JSON objects, which describe functions", e);
    }
  }

  /**
   * Returns a copy that begins with this system message, unless it has one or the text is blank.
   */
  public ChatRecord system(String text) {
    if (text.isBlank() || messages.get(0).get("role").equals("system")) {
      return this;
    }
    List<Map<String, Object>> more = new ArrayList<>(List.of(message("system", text)));
    more.addAll(messages);
    return new ChatRecord(more, tools);
  }

  /** The text of a message; a content of several parts is joined. */
  public static String text(Map<String, Object> message) {
    Object content = message.get("content");
    if (content instanceof List<?> parts) {
      return parts.stream()
          .filter(part -> part instanceof Map<?, ?> map && map.get("text") instanceof String)
          .map(part -> (String) ((Map<?, ?>) part).get("text"))
          .collect(Collectors.joining());
    }
    return content == null ? "" : content.toString();
  }

  /** What the turns say, one after another: it identifies the conversation. */
  String spoken() {
    return messages.stream().map(ChatRecord::text).collect(Collectors.joining(Windows.JOINT));
  }
}
