package tare.chat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import tare.data.ChatRecord;
import tare.data.Marks.Span;
import tare.model.generation.ChatTemplate;
import tare.model.generation.Conversation;

/**
 * Writes a conversation with a chat template, and finds the turns in the result.
 *
 * <p>To find the contents, the template also writes a copy of the conversation in which each
 * content lies between two private characters (U+F0000 and above). Without these characters, the
 * copy must give the same text. Some templates look at the beginning or the end of a content; then
 * a copy with one of the two characters may still give the same text.
 *
 * <p>What the assistant writes in a turn lies between two texts of the template: the turns before
 * it, at whose end an answer follows, and the turns up to it. Both must be beginnings of the whole
 * text. A template that rewrites earlier turns breaks this rule; there, a turn is its content and
 * the end-of-text token.
 *
 * @param template the template
 * @param chat the conversation
 */
record TemplateTurns(ChatTemplate template, ChatRecord chat) {

  private static final int FIRST = 0xF0000;

  /** Which of the two characters surround a content. */
  private enum Sides {
    BOTH,
    END,
    BEGIN
  }

  /**
   * Writes the conversation.
   *
   * @throws IllegalArgumentException if the template refuses the conversation, or writes its
   *     contents in such a way that they cannot be found
   */
  Turns turns() {
    String text = text(chat.messages(), false);
    Map<Integer, List<Span>> found = contents(text);
    List<Span> contents = new ArrayList<>();
    List<Span> answers = new ArrayList<>();
    List<Span> assistant = new ArrayList<>();
    for (int i = 0; i < chat.messages().size(); i++) {
      List<Span> spans = found.getOrDefault(i, List.of());
      contents.addAll(spans);
      if (chat.messages().get(i).get("role").equals("assistant")) {
        answers.addAll(spans);
        Optional<Span> turn = turn(text, i, spans);
        if (turn.isPresent()) {
          assistant.add(turn.get());
        } else {
          spans.forEach(span -> assistant.add(withEnd(text, span)));
        }
      }
    }
    return new Turns(text, contents, answers, assistant);
  }

  private String text(List<Map<String, Object>> messages, boolean answerFollows) {
    return template.text(new Conversation(messages, chat.tools(), Map.of()), answerFollows);
  }

  /**
   * The assistant's turn, if the texts before and after it are beginnings of the whole text.
   * Without a mark that lets the assistant begin, the turn begins with its content.
   */
  private Optional<Span> turn(String text, int message, List<Span> contents) {
    try {
      List<Map<String, Object>> earlier = chat.messages().subList(0, message);
      String before = text(earlier, true);
      String after = text(chat.messages().subList(0, message + 1), false);
      if (before.length() > after.length()
          || !text.startsWith(after)
          || !after.startsWith(before)) {
        return Optional.empty();
      }
      int from = before.length();
      int content = contents.isEmpty() ? from : Math.max(from, contents.get(0).from());
      if (before.equals(text(earlier, false)) && !text.substring(from, content).isBlank()) {
        from = content;
      }
      return Optional.of(new Span(from, Math.max(from, trimmed(after))));
    } catch (IllegalArgumentException e) {
      return Optional.empty(); // the template refuses a conversation that ends here
    }
  }

  private static int trimmed(String text) {
    return text.stripTrailing().length();
  }

  private Span withEnd(String text, Span content) {
    String end = template.endOfText();
    return text.startsWith(end, content.to())
        ? new Span(content.from(), content.to() + end.length())
        : content;
  }

  /** The places of the contents in the text, by number of the message. */
  private Map<Integer, List<Span>> contents(String text) {
    for (Sides sides : Sides.values()) {
      Optional<Map<Integer, List<Span>>> places = contents(text, sides);
      if (places.isPresent()) {
        return places.get();
      }
    }
    throw new IllegalArgumentException(
        template.origin()
            + ": the chat template changes the contents of turns, so that they cannot be found in"
            + " its text. Take another template (--template FILE), or none (--template none)");
  }

  private Optional<Map<Integer, List<Span>>> contents(String text, Sides sides) {
    List<Map<String, Object>> marked = new ArrayList<>();
    for (int i = 0; i < chat.messages().size(); i++) {
      marked.add(marked(chat.messages().get(i), i, sides));
    }
    String copy;
    try {
      copy = text(marked, false);
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
    Map<Integer, List<Span>> spans = new HashMap<>();
    Map<Integer, Integer> open = new HashMap<>();
    StringBuilder plain = new StringBuilder();
    copy.codePoints()
        .forEach(
            c -> {
              int mark = c - FIRST;
              int message = mark / 2;
              if (mark < 0 || mark >= 2 * marked.size()) {
                plain.appendCodePoint(c);
              } else if (mark % 2 == 0) {
                begin(message, sides, text, plain.length(), spans, open);
              } else {
                end(message, text, plain.length(), spans, open);
              }
            });
    return plain.toString().equals(text) ? Optional.of(spans) : Optional.empty();
  }

  private void begin(
      int message,
      Sides sides,
      String text,
      int at,
      Map<Integer, List<Span>> spans,
      Map<Integer, Integer> open) {
    if (sides == Sides.BEGIN) {
      String content = content(message);
      int length = 0;
      while (length < content.length()
          && at + length < text.length()
          && text.charAt(at + length) == content.charAt(length)) {
        length++;
      }
      spans.computeIfAbsent(message, unseen -> new ArrayList<>()).add(new Span(at, at + length));
    } else {
      open.put(message, at);
    }
  }

  private void end(
      int message,
      String text,
      int at,
      Map<Integer, List<Span>> spans,
      Map<Integer, Integer> open) {
    Integer from = open.remove(message);
    if (from == null) { // the template has cut off the beginning
      String content = content(message);
      int length = 0;
      while (length < Math.min(content.length(), at)
          && at <= text.length()
          && text.charAt(at - 1 - length) == content.charAt(content.length() - 1 - length)) {
        length++;
      }
      from = at - length;
    }
    spans.computeIfAbsent(message, unseen -> new ArrayList<>()).add(new Span(from, at));
  }

  private String content(int message) {
    return ChatRecord.text(chat.messages().get(message)).strip();
  }

  /** A copy of a message whose texts have the characters, inside of white space at their ends. */
  private static Map<String, Object> marked(Map<String, Object> message, int number, Sides sides) {
    String begin = sides == Sides.END ? "" : Character.toString(FIRST + 2 * number);
    String end = sides == Sides.BEGIN ? "" : Character.toString(FIRST + 2 * number + 1);
    UnaryOperator<String> around =
        text -> {
          String words = text.strip();
          if (words.isEmpty()) {
            return text;
          }
          int at = text.indexOf(words);
          return text.substring(0, at) + begin + words + end + text.substring(at + words.length());
        };
    Map<String, Object> copy = new LinkedHashMap<>(message);
    Object content = message.get("content");
    if (content instanceof String text) {
      copy.put("content", around.apply(text));
    } else if (content instanceof List<?> parts) {
      copy.put("content", parts.stream().map(part -> part(part, around)).toList());
    }
    return copy;
  }

  private static Object part(Object part, UnaryOperator<String> around) {
    if (!(part instanceof Map<?, ?> map) || !(map.get("text") instanceof String text)) {
      return part;
    }
    Map<Object, Object> copy = new LinkedHashMap<>(map);
    copy.put("text", around.apply(text));
    return copy;
  }
}
