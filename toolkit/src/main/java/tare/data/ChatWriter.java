package tare.data;

/** Writes a conversation as the text of a document. */
@FunctionalInterface
public interface ChatWriter {

  /** Refuses conversations, for commands that read plain text. */
  ChatWriter REFUSED =
      (chat, id, source) -> {
        throw new IllegalArgumentException(
            "conversations are not read here. Name a field of plain text with --field NAME, or write"
                + " each conversation as one text into a field 'text', for instance with"
                + " apply_chat_template(..., tokenize=False) of transformers");
      };

  /**
   * Writes a conversation.
   *
   * @param id id of the document
   * @param source the corpus that holds it
   * @return the document; its marks say what a template wrote and what does not count
   * @throws IllegalArgumentException if the conversation cannot be written
   */
  Document write(ChatRecord chat, String id, String source);
}
