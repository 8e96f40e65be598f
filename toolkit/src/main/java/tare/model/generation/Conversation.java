package tare.model.generation;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A conversation with all that a chat template may read. Messages and tools are JSON objects: maps
 * of texts, numbers, booleans, nulls, lists and maps.
 *
 * @param messages the turns, oldest first: {@code role}, {@code content} and, for example, {@code
 *     tool_calls} or {@code reasoning_content}
 * @param tools JSON schemas of the functions that the model may call; empty for none
 * @param variables further variables of the template, such as {@code enable_thinking}
 */
public record Conversation(
    List<Map<String, Object>> messages,
    List<Map<String, Object>> tools,
    Map<String, Object> variables) {

  /** A conversation of plain turns, without tools. */
  public static Conversation of(List<ChatMessage> messages) {
    return new Conversation(
        messages.stream().map(Conversation::turn).toList(), List.of(), Map.of());
  }

  private static Map<String, Object> turn(ChatMessage message) {
    Map<String, Object> turn = new LinkedHashMap<>();
    turn.put("role", message.role());
    turn.put("content", message.content());
    return turn;
  }

  /**
   * One turn of a conversation.
   *
   * @param role role of the speaker: {@code system}, {@code user} or {@code assistant}
   * @param content text of the turn
   */
  public record ChatMessage(String role, String content) {}
}
