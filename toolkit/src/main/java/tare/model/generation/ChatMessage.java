package tare.model.generation;

/**
 * One turn of a conversation.
 *
 * @param role role of the speaker: {@code system}, {@code user} or {@code assistant}
 * @param content text of the turn
 */
public record ChatMessage(String role, String content) {}
