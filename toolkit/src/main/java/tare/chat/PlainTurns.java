package tare.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tare.data.ChatRecord;
import tare.data.Marks.Span;
import tare.data.Windows;

/** Writes a conversation without a template: the contents, with blank lines between them. */
final class PlainTurns {

  private PlainTurns() {}

  /** Writes a conversation. Turns without text are left out. */
  static Turns of(ChatRecord chat) {
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
