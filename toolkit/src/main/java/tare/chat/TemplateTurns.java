package tare.chat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import tare.data.ChatRecord;
import tare.data.Marks.Span;
import tare.model.generation.ChatTemplate;
import tare.model.generation.Conversation;

/**
 * Writes a conversation with a chat template, and finds the turns in the result.
 *
 * <p>To find the contents, the template also writes a copy of the conversation in which each
 * content lies between two private characters, which the conversation itself does not have (U+F0000
 * and above). Without these characters, the copy must give the same text. Some templates look at
 * the beginning or the end of a content; then a copy with one of the two characters may still give
 * the same text.
 *
 * <p>A template that writes nothing of a turn, of its tool calls or of the tools is refused, as it
 * would leave out a part of the conversation in silence.
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

  private static final String CALLS = "tool_calls";

  private static final String REMEDY =
      "Take another template (--template FILE), or none (--template none)";

  /** Which of the two characters surround a content. */
  private enum Sides {
    BOTH,
    END,
    BEGIN
  }

  /**
   * Writes the conversation.
   *
   * @param count which tokens count; {@link Turns#assistant} is empty where it is not needed, as it
   *     takes two more texts for each answer
   * @throws IllegalArgumentException if the template refuses the conversation, leaves out a part of
   *     it, or writes its contents in such a way that they cannot be found
   */
  Turns turns(Count count) {
    String text = rendered();
    Map<Integer, List<Span>> found = contents(text);
    requireWhole(text, found);
    List<Span> contents = new ArrayList<>();
    List<Span> answers = new ArrayList<>();
    List<Span> assistant = new ArrayList<>();
    for (int i = 0; i < chat.messages().size(); i++) {
      List<Span> spans = found.getOrDefault(i, List.of());
      contents.addAll(spans);
      if (chat.messages().get(i).get("role").equals("assistant")) {
        answers.addAll(spans);
        if (count == Count.ASSISTANT) {
          assistant.addAll(turn(text, i, spans));
        }
      }
    }
    return new Turns(text, contents, answers, assistant);
  }

  private String rendered() {
    try {
      return text(chat.messages(), false);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          e.getMessage() + ". Take the row out of the file, or t" + REMEDY.substring(1), e);
    }
  }

  private String text(List<Map<String, Object>> messages, boolean answerFollows) {
    return text(messages, chat.tools(), answerFollows);
  }

  private String text(
      List<Map<String, Object>> messages, List<Map<String, Object>> tools, boolean answerFollows) {
    return template.text(new Conversation(messages, tools, Map.of()), answerFollows);
  }

  /** Refuses a text in which a part of the conversation is not to be seen. */
  private void requireWhole(String text, Map<Integer, List<Span>> found) {
    for (int i = 0; i < chat.messages().size(); i++) {
      Map<String, Object> message = chat.messages().get(i);
      String turn =
          String.format(Locale.ROOT, "message %d (role '%s')", i + 1, message.get("role"));
      if (!content(i).isEmpty() && !found.containsKey(i)) {
        throw leavesOut(turn);
      }
      if (message.containsKey(CALLS)) {
        List<Map<String, Object>> without = new ArrayList<>(chat.messages());
        without.set(i, new LinkedHashMap<>(message));
        without.get(i).remove(CALLS);
        requireOther(text, without, chat.tools(), "the tool calls of " + turn);
      }
    }
    if (!chat.tools().isEmpty()) {
      requireOther(text, chat.messages(), List.of(), "the tools");
    }
  }

  private void requireOther(
      String text,
      List<Map<String, Object>> messages,
      List<Map<String, Object>> tools,
      String what) {
    String other;
    try {
      other = text(messages, tools, false);
    } catch (IllegalArgumentException e) {
      return; // what is missing now is what the template has looked at
    }
    if (other.equals(text)) {
      throw leavesOut(what);
    }
  }

  private IllegalArgumentException leavesOut(String what) {
    return new IllegalArgumentException(
        "%s: the chat template leaves out %s. Take that out of the file, or t%s"
            .formatted(template.origin(), what, REMEDY.substring(1)));
  }

  /**
   * The assistant's turn, if the texts before and after it are beginnings of the whole text.
   * Without a mark that lets the assistant begin, the turn begins with its content. Otherwise each
   * content with the mark that ends it.
   */
  private List<Span> turn(String text, int message, List<Span> contents) {
    return whole(text, message, contents)
        .map(List::of)
        .orElseGet(() -> contents.stream().map(span -> withEnd(text, span)).toList());
  }

  private Optional<Span> whole(String text, int message, List<Span> contents) {
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
            + " its text. "
            + REMEDY);
  }

  private Optional<Map<Integer, List<Span>>> contents(String text, Sides sides) {
    int first = Math.max(FIRST, 1 + text.codePoints().max().orElse(0));
    List<Map<String, Object>> marked = new ArrayList<>();
    for (int i = 0; i < chat.messages().size(); i++) {
      marked.add(marked(chat.messages().get(i), first + 2 * i, sides));
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
              int mark = c - first;
              int message = mark / 2;
              if (mark < 0 || mark >= 2 * marked.size()) {
                plain.appendCodePoint(c);
              } else if (sides == Sides.BEGIN) {
                begin(message, text, plain.length(), spans);
              } else if (mark % 2 == 0) {
                open.put(message, plain.length());
              } else {
                end(message, text, plain.length(), spans, open);
              }
            });
    if (!plain.toString().equals(text)) {
      return Optional.empty();
    }
    open.forEach((message, at) -> begin(message, text, at, spans));
    return Optional.of(spans);
  }

  /** A content that begins here, and whose end has no mark. */
  private void begin(int message, String text, int at, Map<Integer, List<Span>> spans) {
    String content = content(message);
    int length = 0;
    while (length < content.length()
        && at + length < text.length()
        && text.charAt(at + length) == content.charAt(length)) {
      length++;
    }
    spans.computeIfAbsent(message, unseen -> new ArrayList<>()).add(new Span(at, at + length));
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

  /**
   * A copy of a message whose content has the characters, inside of white space at its ends.
   *
   * @param mark the first of the two characters
   */
  private Map<String, Object> marked(Map<String, Object> message, int mark, Sides sides) {
    String content = ChatRecord.text(message);
    String words = content.strip();
    if (words.isEmpty()) {
      return message;
    }
    if (mark + 1 > Character.MAX_CODE_POINT) {
      throw new IllegalArgumentException(
          "the conversation has too many turns, or characters of Unicode's last private area");
    }
    int at = content.indexOf(words);
    Map<String, Object> copy = new LinkedHashMap<>(message);
    copy.put(
        "content",
        content.substring(0, at)
            + (sides == Sides.END ? "" : Character.toString(mark))
            + words
            + (sides == Sides.BEGIN ? "" : Character.toString(mark + 1))
            + content.substring(at + words.length()));
    return copy;
  }
}
