package tare.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tare.data.ChatRecord;
import tare.data.Marks.Span;
import tare.data.Windows;

/**
 * Where the turns of a conversation stand in its text.
 *
 * @param text the whole text
 * @param contents the contents of all turns
 * @param answers the contents of the assistant's turns
 * @param assistant the assistant's turns, as the model would write them: from where the template
 *     lets it begin, to the mark that ends the turn
 */
record Turns(String text, List<Span> contents, List<Span> answers, List<Span> assistant) {

  /**
   * Writes a conversation without a template: the contents, with blank lines between them. Turns
   * without text are left out.
   */
  static Turns plain(ChatRecord chat) {
    StringBuilder text = new StringBuilder();
    List<Span> contents = new ArrayList<>();
    List<Span> answers = new ArrayList<>();
    for (Map<String, Object> message : chat.messages()) {
      String content = ChatRecord.text(message);
      if (content.isBlank()) {
        continue;
      }
      text.append(text.isEmpty() ? "" : Windows.JOINT);
      Span span = new Span(text.length(), text.length() + content.length());
      text.append(content);
      contents.add(span);
      if (message.get("role").equals("assistant")) {
        answers.add(span);
      }
    }
    return new Turns(text.toString(), contents, answers, answers);
  }
}
