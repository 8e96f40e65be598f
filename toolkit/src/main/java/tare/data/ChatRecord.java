package tare.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
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
 * that the model may call; a field {@code history} beside a question holds earlier questions with
 * their answers. A list of messages may also be written as JSON into a text, as tables have it.
 *
 * @param messages the turns, oldest first, as JSON objects with {@code role} and {@code content},
 *     which is a text, or null beside {@code tool_calls}; further fields that are not null are kept
 *     for the template
 * @param tools JSON schemas of functions; empty for none
 */
public record ChatRecord(List<Map<String, Object>> messages, List<Map<String, Object>> tools) {

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

  /** Roles that stay as they are. */
  private static final Set<String> ROLES =
      Set.of(
          "user", "assistant", "system", "developer", "tool", "function", "observation", "ipython");

  /** The speakers of ShareGPT, and what other files call the user and the assistant. */
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
    for (String field : LISTS) {
      if (messages.isEmpty()) {
        list(row, field).ifPresent(list -> messages.addAll(messages(field, list)));
      }
    }
    if (messages.isEmpty()) {
      messages.addAll(pair(row));
    }
    if (messages.isEmpty()) {
      throw new IllegalArgumentException(fields.get() + ": the conversation has no message");
    }
    addSystem(row.path("system"), messages);
    return Optional.of(new ChatRecord(messages, tools(row.path("tools"))));
  }

  private static void addSystem(JsonNode system, List<Map<String, Object>> messages) {
    if (!system.isMissingNode() && !system.isNull() && !system.isTextual()) {
      throw new IllegalArgumentException("field 'system' must be a text");
    }
    String text = system.asText("");
    if (text.isBlank()) {
      return;
    }
    if (!messages.get(0).get("role").equals("system")) {
      messages.add(0, message("system", text));
    } else if (!text(messages.get(0)).strip().equals(text.strip())) {
      throw new IllegalArgumentException(
          "field 'system' and message 1 are two different system messages. Remove one of them");
    }
  }

  /**
   * Whether an object is one conversation, and not columns of many: one of its lists holds
   * messages.
   */
  static boolean isOne(JsonNode object) {
    boolean isOne = false;
    for (JsonNode field : object) {
      isOne |= field.isArray() && (field.path(0).has("role") || field.path(0).has("from"));
    }
    return isOne && fields(object).isPresent();
  }

  /** A list of messages: a list, or a text that holds a JSON list of objects. */
  private static Optional<JsonNode> list(JsonNode row, String field) {
    JsonNode given = row.path(field);
    if (given.isTextual() && given.asText().startsWith("[")) {
      try {
        given = RowFile.JSON.readTree(given.asText());
      } catch (JsonProcessingException e) {
        return Optional.empty(); // a text that happens to begin so
      }
      return given.path(0).isObject() ? Optional.of(given) : Optional.empty();
    }
    return given.isArray() ? Optional.of(given) : Optional.empty();
  }

  /** The fields that tell that a row is a conversation, in words; empty if there are none. */
  static Optional<String> fields(JsonNode row) {
    for (String list : LISTS) {
      if (list(row, list).isPresent()) {
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
          messages.addAll(history(row.path("history")));
          if (!isWhole) { // lists of chosen answers often repeat the question
            messages.addAll(turns(row, question, "user"));
          }
          messages.addAll(answers);
        }
      }
    }
    return messages;
  }

  /** Earlier questions with their answers, each a list of two texts. */
  private static List<Map<String, Object>> history(JsonNode given) {
    List<Map<String, Object>> messages = new ArrayList<>();
    boolean isBlank = given.isNull() || given.isMissingNode() || given.asText(" ").isBlank();
    for (JsonNode pair : isBlank || given.isArray() ? given : List.of(given)) {
      if (pair.size() != 2 || !pair.path(0).isTextual() || !pair.path(1).isTextual()) {
        throw new IllegalArgumentException(
            "field 'history' must be a list of pairs, each a question and its answer: [[\"q\", \"a\"]]");
      }
      messages.add(message("user", pair.get(0).asText()));
      messages.add(message("assistant", pair.get(1).asText()));
    }
    return messages;
  }

  /** A field that holds one turn as a text, or a list of messages. */
  private static List<Map<String, Object>> turns(ObjectNode row, String field, String role) {
    if (row.get(field).isArray()) {
      return messages(field, row.get(field));
    }
    String text = row.get(field).asText();
    for (String more : field.equals("instruction") ? INPUTS : List.<String>of()) {
      JsonNode beside = row.path(more);
      if (beside.isContainerNode() && !beside.isEmpty()) {
        throw new IllegalArgumentException(
            "field '%s' beside 'instruction' must be a text. Join its parts in the file"
                .formatted(more));
      }
      if (!beside.asText("").isBlank()) {
        text += "\n" + beside.asText();
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
    Map<String, Object> message = RowFile.JSON.convertValue(given, new TypeReference<>() {});
    // Parquet knows no difference between null, an empty list and a missing field.
    message.values().removeIf(Objects::isNull);
    message.values().removeIf(value -> value instanceof List<?> list && list.isEmpty());
    String speaker = given.path("role").asText(given.path("from").asText(""));
    if (speaker.isBlank()) {
      throw new IllegalArgumentException(
          "has no 'role' (or 'from'). Its fields are: " + String.join(", ", message.keySet()));
    }
    message.remove("from");
    message.remove("value");
    message.put("role", role(speaker, given.hasNonNull("role")));
    message.put("content", content(given));
    return message;
  }

  private static String role(String speaker, boolean isRole) {
    String name = speaker.strip().toLowerCase(Locale.ROOT);
    if (isRole && ROLES.contains(name)) {
      return name;
    }
    if (!SPEAKERS.containsKey(name)) {
      Set<String> known = new TreeSet<>(SPEAKERS.keySet());
      known.addAll(isRole ? ROLES : Set.of());
      throw new IllegalArgumentException(
          "%s '%s', which is none of: %s. Rename it in the file"
              .formatted(isRole ? "has the role" : "is from", speaker, String.join(", ", known)));
    }
    return SPEAKERS.get(name);
  }

  /** The text of a message. Several parts are joined; null beside tool calls alone. */
  private static String content(JsonNode message) {
    JsonNode content = message.has("content") ? message.get("content") : message.path("value");
    boolean calls = message.hasNonNull("tool_calls") && !message.get("tool_calls").isEmpty();
    if (content.isMissingNode() || content.isNull()) {
      if (calls) {
        return null;
      }
      List<String> names = new ArrayList<>();
      message.fieldNames().forEachRemaining(names::add);
      throw new IllegalArgumentException(
          "has no 'content' (or 'value'). Its fields are: " + String.join(", ", names));
    }
    if (content.isTextual()) {
      return content.asText();
    }
    StringBuilder text = new StringBuilder();
    int number = 0;
    for (JsonNode part : content.isArray() ? content : List.of(content)) {
      number++;
      if (!part.path("text").isTextual() || !part.path("type").asText("text").contains("text")) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "has a 'content' that is neither a text nor a list of {\"type\": \"text\", \"text\": ...}: part %d is %s. Take the row out of the file",
                number,
                part.has("type") ? "of type " + part.get("type") : part.getNodeType()));
      }
      text.append(part.get("text").asText());
    }
    return text.toString();
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
      JsonNode list = given.isTextual() ? RowFile.JSON.readTree(given.asText()) : given;
      if (list.isMissingNode() || list.isNull()) {
        return List.of();
      }
      return RowFile.JSON.convertValue(list, new TypeReference<>() {});
    } catch (JsonProcessingException | IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "field 'tools' must be a list of JSON objects, which describe functions", e);
    }
  }

  /**
   * Returns a copy that begins with this system message, unless it has one anywhere or the text is
   * blank.
   */
  public ChatRecord system(String text) {
    if (text.isBlank() || messages.stream().anyMatch(each -> each.get("role").equals("system"))) {
      return this;
    }
    List<Map<String, Object>> more = new ArrayList<>(List.of(message("system", text)));
    more.addAll(messages);
    return new ChatRecord(more, tools);
  }

  /** The text of a message; empty if it has tool calls alone. */
  public static String text(Map<String, Object> message) {
    Object content = message.get("content");
    return content == null ? "" : content.toString();
  }

  /** Whether no turn says anything or calls a function. */
  boolean isBlank() {
    return spoken().isBlank()
        && messages.stream().noneMatch(each -> each.containsKey("tool_calls"));
  }

  /** What the turns say, one after another: it identifies the conversation. */
  String spoken() {
    return messages.stream().map(ChatRecord::text).collect(Collectors.joining(Windows.JOINT));
  }
}
