package tare.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tare.data.Budget;
import tare.data.CalibrationSet;
import tare.data.ChatRecord;
import tare.data.CorpusFile;
import tare.data.CorpusSide;
import tare.data.Document;
import tare.data.Marks.Span;
import tare.data.Sample;
import tare.model.ByteTokenizer;
import tare.model.generation.ChatTemplate;
import tare.select.Selection;
import tare.select.Surroundings;
import tare.select.UniformDraw;
import tare.select.UniformFromPool;

class ChatTextTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  private static final String LINES =
      "{% for m in messages %}<{{ m.role }}>{{ m.content | trim }}<end>\n{% endfor %}"
          + "{% if add_generation_prompt %}<assistant>{% endif %}";

  @TempDir private Path folder;

  private static ChatRecord chat(String json) throws IOException {
    return ChatRecord.of((ObjectNode) JSON.readTree(json)).orElseThrow();
  }

  private static ChatTemplate template(String text) {
    return new ChatTemplate(Path.of("a.jinja"), text, "<s>", "</s>", ChatTemplate.DAY);
  }

  private static ChatText lines(Count count) {
    return new ChatText(Optional.of(template(LINES)), "", count);
  }

  private static String shown(Document document, List<Span> spans) {
    List<String> parts = new ArrayList<>();
    spans.forEach(span -> parts.add(document.text().substring(span.from(), span.to())));
    return String.join("|", parts).replace("\n", "_");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '#',
      value = {
        "ALL; ##",
        "ASSISTANT; <user>user<end>_<assistant>|_<user>no<end>_<assistant>|_",
        "CONTENT; <user>|<end>_<assistant>|<end>_<user>|<end>_<assistant>|<end>_",
        "ANSWERS; <user>user<end>_<assistant>|<end>_<user>no<end>_<assistant>|<end>_"
      })
  void whatDoesNotCountIsMarked(Count count, String uncounted) throws IOException {
    ChatRecord chat =
        chat(
            """
            {"messages": [
              {"role": "user", "content": "user"}, {"role": "assistant", "content": "user "},
              {"role": "user", "content": "no"}, {"role": "assistant", "content": "assistant"}]}
            """);
    Document written = lines(count).write(chat, "1", "s");
    assertThat(written.text())
        .isEqualTo(
            "<user>user<end>\n<assistant>user<end>\n<user>no<end>\n<assistant>assistant<end>\n");
    assertThat(shown(written, written.marks().uncounted())).isEqualTo(uncounted);
    assertThat(shown(written, written.marks().template()))
        .isEqualTo("<user>|<end>_<assistant>|<end>_<user>|<end>_<assistant>|<end>_");
  }

  @Test
  void aTemplateThatCutsReasoningOffKeepsItsAnswersMarked() throws IOException {
    String cuts =
        "{% for m in messages %}<{{ m.role }}>{{ m.content.split('</think>')[-1].lstrip('\\n') }}"
            + "</s>{% endfor %}";
    ChatRecord chat =
        chat(
            """
            {"messages": [{"role": "user", "content": "q"},
              {"role": "assistant", "content": "<think>\\nwhy\\n</think>\\n\\ntwo"}]}
            """);
    ChatText text = new ChatText(Optional.of(template(cuts)), "", Count.ASSISTANT);
    Document written = text.write(chat, "1", "s");
    assertThat(written.text()).isEqualTo("<user>q</s><assistant>two</s>");
    assertThat(shown(written, written.marks().uncounted())).isEqualTo("<user>q</s><assistant>");
    assertThat(shown(written, written.marks().template())).isEqualTo("<user>|</s><assistant>|</s>");
  }

  @Test
  void aTemplateThatLooksAtTheBeginningOfAContentIsFollowed() throws IOException {
    String looks =
        "{% for m in messages %}{% if m.content.startswith('[x]') %}x{% endif %}"
            + "<{{ m.role }}>{{ m.content }}{% endfor %}";
    ChatText text = new ChatText(Optional.of(template(looks)), "", Count.CONTENT);
    Document written = text.write(chat("{\"prompt\": \"[x] q\", \"completion\": \"a\"}"), "1", "s");
    assertThat(written.text()).isEqualTo("x<user>[x] q<assistant>a");
    assertThat(shown(written, written.marks().template())).isEqualTo("x<user>|<assistant>");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '#',
      value = {
        "{\"role\": \"system\", \"content\": \"s\"} | leaves out message 2 (role 'system')",
        "{\"role\": \"assistant\", \"content\": \"a\", \"tool_calls\": [{\"name\": \"f\"}]} | leaves out the tool calls of message 2",
        "{\"role\": \"tool\", \"content\": 0} | neither a text"
      })
  void whatATemplateLeavesOutIsNamed(String message, String refusal) {
    String few =
        "{% for m in messages if m.role != 'system' %}<{{ m.role }}>{{ m.content }}{% endfor %}";
    ChatText text = new ChatText(Optional.of(template(few)), "", Count.ALL);
    assertThatThrownBy(
            () ->
                text.write(
                    chat(
                        "{\"messages\": [{\"role\": \"user\", \"content\": \"q\"}, "
                            + message
                            + "]}"),
                    "1",
                    "s"))
        .hasMessageContaining(refusal);
    ChatText withSystem = new ChatText(Optional.of(template(few)), "Be brief.", Count.ALL);
    assertThatThrownBy(
            () -> withSystem.write(chat("{\"prompt\": \"q\", \"completion\": \"a\"}"), "1", "s"))
        .hasMessageContaining("a.jinja: the chat template leaves out message 1 (role 'system')")
        .hasMessageContaining("--template none");
  }

  @Test
  void anEmptyListOfToolCallsIsNoCall() throws IOException {
    String plain = "{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}";
    ChatText text = new ChatText(Optional.of(template(plain)), "", Count.ALL);
    String message = "{\"role\": \"assistant\", \"content\": \"a\", \"tool_calls\": []}";
    assertThat(text.write(chat("{\"messages\": [" + message + "]}"), "1", "s").text())
        .isEqualTo("<assistant>a");
  }

  @Test
  void toolsThatATemplateLeavesOutAreNamed() {
    assertThatThrownBy(
            () ->
                lines(Count.ALL)
                    .write(
                        chat(
                            "{\"tools\": [{\"name\": \"f\"}], \"prompt\": \"q\", \"completion\": \"a\"}"),
                        "1",
                        "s"))
        .hasMessageContaining("leaves out the tools");
  }

  @Test
  void contentsMayHoldPrivateCharactersAndTemplateMarks() throws IOException {
    String said = "\uDB80\uDC00 <end> \uDB80\uDC05";
    ChatRecord chat = chat("{\"prompt\": \"%s\", \"completion\": \"a\"}".formatted(said));
    Document written = lines(Count.ANSWERS).write(chat, "1", "s");
    assertThat(written.text()).isEqualTo("<user>" + said + "<end>\n<assistant>a<end>\n");
    assertThat(shown(written, written.marks().template()))
        .isEqualTo("<user>|<end>_<assistant>|<end>_");
  }

  @Test
  void aSystemMessageIsAddedOnlyWhereThereIsNone() throws IOException {
    ChatRecord late =
        chat(
            """
            {"messages": [{"role": "user", "content": "q"}, {"role": "system", "content": "s"}]}
            """);
    assertThat(late.system("Be brief.")).isEqualTo(late);
    assertThat(chat("{\"prompt\": \"q\", \"completion\": \"a\"}").system("Be brief.").messages())
        .hasSize(3);
  }

  @Test
  void aTemplateThatChangesContentsIsRefused() throws IOException {
    ChatText text =
        new ChatText(
            Optional.of(template("{% for m in messages %}{{ m.content | length }}{% endfor %}")),
            "",
            Count.ALL);
    ChatRecord chat = chat("{\"prompt\": \"q\", \"completion\": \"a\"}");
    assertThatThrownBy(() -> text.write(chat, "1", "s"))
        .hasMessageContaining("a.jinja")
        .hasMessageContaining("cannot be found");
  }

  /** What the templates of the other test write of 15 conversations, with tools and reasoning. */
  @Test
  void inManyTemplatesEachPlaceHoldsWhatWasSaid() throws IOException {
    JsonNode known;
    try (InputStream json = ChatTextTest.class.getResourceAsStream("/chat/expected.json")) {
      known = JSON.readTree(json);
    }
    int found = 0;
    for (JsonNode text : known.get("templates")) {
      for (JsonNode talk : known.get("talks")) {
        ChatRecord chat = ChatRecord.of((ObjectNode) talk).orElseThrow();
        Turns turns;
        try {
          turns = new TemplateTurns(template(text.asText()), chat).turns(Count.ASSISTANT);
        } catch (IllegalArgumentException e) {
          assertThat(e.getMessage()) // the template refuses, or writes no tools
              .matches("(?s).*(cannot be rendered|leaves out (the tool|message)).*");
          continue;
        }
        String said = String.join("\n", chat.messages().stream().map(ChatRecord::text).toList());
        for (Span span : turns.contents()) {
          String part = turns.text().substring(span.from(), span.to());
          assertThat(List.of(said, JSON.writeValueAsString(said))) // some write JSON
              .anyMatch(each -> each.contains(part));
          found++;
        }
        assertThat(turns.contents()).containsAll(turns.answers());
        for (Span answer : turns.answers()) {
          assertThat(turns.assistant())
              .anyMatch(turn -> turn.from() < answer.to() && answer.to() <= turn.to());
        }
      }
    }
    assertThat(found).isGreaterThan(150);
  }

  @Test
  void withoutATemplateTheContentsStandAlone() throws IOException {
    ChatRecord chat = chat("{\"instruction\": \"I\", \"input\": \"x\", \"output\": \"O\"}");
    ChatText plain = new ChatText(Optional.empty(), "S", Count.ALL);
    assertThat(plain.write(chat, "1", "s")).isEqualTo(new Document("1", "s", "S\n\nI\nx\n\nO"));
    Document answers = new ChatText(Optional.empty(), "S", Count.ANSWERS).write(chat, "1", "s");
    assertThat(answers.text()).isEqualTo("S\n\nI\nx\n\nO\n\n");
    assertThat(shown(answers, answers.marks().uncounted())).isEqualTo("S__I_x__|__");
    assertThat(answers.marks().template()).isEmpty();
  }

  @Test
  void marksBecomeWeightsAndWindowsWithoutACountedTokenArePassedOver() throws IOException {
    Path file = folder.resolve("talks.jsonl");
    StringBuilder rows = new StringBuilder();
    for (int i = 0; i < 40; i++) {
      rows.append(
          "{\"messages\": [{\"role\": \"user\", \"content\": \"%s\"}, {\"role\": \"assistant\", \"content\": \"yes %s\"}]}\n"
              .formatted("q".repeat(50), 10 + i));
    }
    rows.append("{\"messages\": [{\"role\": \"user\", \"content\": \"nobody answers\"}]}\n");
    Files.writeString(file, rows);
    CorpusFile talks = CorpusFile.read(file, CorpusSide.ALL, "text", lines(Count.ANSWERS));
    assertThat(talks.conversations()).isEqualTo(41);
    assertThat(talks.uncounted()).isEqualTo(1);
    assertThat(talks.remarks()).anyMatch(each -> each.contains("1 conversations are left out"));

    Surroundings given = new Surroundings(new ByteTokenizer(), () -> null, new SplittableRandom(1));
    CalibrationSet set = Selection.by(new UniformDraw(), talks, new Budget(20, 16), given).set();
    for (Sample sample : set.samples()) {
      StringBuilder counted = new StringBuilder();
      for (int t = 0; t < 16; t++) {
        counted.append(sample.weight(t) > 0 ? (char) sample.tokens()[t] : '.');
      }
      assertThat(counted.toString().replace(".", "")).isNotEmpty().matches("[yes 0-9]+");
      assertThat(sample.template()).isBetween(0, 15);
    }
    assertThat(set.countedShare()).isLessThan(0.5);
    assertThat(set.templateShare()).isBetween(0.1, 0.9);
  }

  @Test
  void conversationsThatSayNothingAreLeftOutAndAFileOfOneIsRead() throws IOException {
    String answered =
        "{\"messages\": [{\"role\": \"user\", \"content\": \"q\"}, {\"role\": \"assistant\", \"content\": \"a\"}]}\n";
    Path one = Files.writeString(folder.resolve("one.jsonl"), answered);
    assertThat(CorpusFile.read(one, CorpusSide.ALL, "text", lines(Count.ALL)).content())
        .extracting(Document::text)
        .containsExactly("<user>q<end>\n<assistant>a<end>\n");
    Path silent =
        Files.writeString(
            folder.resolve("silent.jsonl"),
            answered
                + "{\"messages\": [{\"role\": \"user\", \"content\": \" \"}, {\"role\": \"assistant\", \"content\": \"\"}]}\r\n");
    CorpusFile read = CorpusFile.read(silent, CorpusSide.ALL, "text", lines(Count.ALL));
    assertThat(read.content()).hasSize(1);
    assertThat(read.uncounted()).isEqualTo(1);
    Files.writeString(silent, "{\"messages\": [{\"role\": \"user\", \"content\": \"q\"}]}");
    assertThatThrownBy(() -> CorpusFile.read(silent, CorpusSide.ALL, "text", lines(Count.ANSWERS)))
        .hasMessageContaining("silent.jsonl: the corpus is empty: it has 1 rows of which nothing")
        .hasMessageContaining("--count all");
  }

  /**
   * Answers at the end of long conversations, of which a window at a random place would miss most.
   */
  @Test
  void aWindowOfAConversationHoldsACountedToken() throws IOException {
    StringBuilder rows = new StringBuilder();
    for (int i = 0; i < 20; i++) {
      rows.append("{\"prompt\": \"%s\", \"completion\": \"yes\"}\n".formatted(i + "q".repeat(500)));
    }
    Path file = Files.writeString(folder.resolve("late.jsonl"), rows);
    CorpusFile talks = CorpusFile.read(file, CorpusSide.ALL, "text", lines(Count.ANSWERS));
    Surroundings given = new Surroundings(new ByteTokenizer(), () -> null, new SplittableRandom(1));
    CalibrationSet set = Selection.by(new UniformFromPool(), talks, new Budget(2, 16), given).set();
    assertThat(set.samples()).hasSize(2).allMatch(sample -> sample.counted() > 0);
  }

  @Test
  void theSideOfAConversationDoesNotDependOnTheTemplate() throws IOException {
    Path file = folder.resolve("talks.jsonl");
    StringBuilder rows = new StringBuilder();
    for (int i = 0; i < 60; i++) {
      rows.append("{\"prompt\": \"q %1$s\", \"completion\": \"a %1$s\"}\n".formatted(i));
    }
    Files.writeString(file, rows);
    List<List<String>> ids = new ArrayList<>();
    for (ChatText text :
        List.of(
            lines(Count.ALL),
            lines(Count.ANSWERS),
            new ChatText(Optional.empty(), "", Count.ALL))) {
      ids.add(
          CorpusFile.read(file, CorpusSide.HELD_BACK, "text", text).content().stream()
              .map(Document::id)
              .toList());
    }
    assertThat(ids.get(0)).isNotEmpty().isEqualTo(ids.get(1)).isEqualTo(ids.get(2));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '#',
      value = {
        "{\"instruction\": \"q\", \"context\": [\"p\", \"r\"], \"output\": \"a\"} | field 'context' beside 'instruction' must be a text",
        "{\"messages\": [{\"content\": \"x\"}]} | field 'messages', message 1 has no 'role'",
        "{\"messages\": [{\"role\": \"user\"}]} | field 'messages', message 1 has no 'content'",
        "{\"messages\": [\"a\", \"b\"]} | message 1 is not an object",
        "{\"conversations\": [{\"from\": \"me\", \"value\": \"x\"}]} | message 1 is from 'me'",
        "{\"messages\": [{\"role\": \"user\", \"content\": \"q\"}], \"tools\": \"x\"} | field 'tools'",
        "{\"messages\": []} | the conversation has no message",
        "{\"messages\": [{\"role\": \"asistant\", \"content\": \"x\"}]} | message 1 has the role 'asistant', which is none of: assistant,",
        "{\"messages\": [{\"role\": \"user\", \"content\": null}]} | message 1 has no 'content'",
        "{\"messages\": [{\"role\": \"user\", \"content\": 5}]} | message 1 has a 'content' that is neither a text nor",
        "{\"messages\": [{\"role\": \"user\", \"content\": [{\"type\": \"image\"}]}]} | part 1 is of type \"image\"",
        "{\"messages\": [{\"role\": \"user\", \"content\": [\"x\"]}]} | part 1 is STRING",
        "{\"system\": \"s\", \"messages\": [{\"role\": \"system\", \"content\": \"t\"}]} | two different system messages",
        "{\"system\": [\"s\"], \"messages\": [{\"role\": \"user\", \"content\": \"q\"}]} | field 'system' must be a text",
        "{\"prompt\": \"q\", \"completion\": \"a\", \"history\": [\"x\"]} | field 'history' must be a list of pairs"
      })
  void aRecordThatIsNoConversationIsNamed(String record, String message) {
    assertThatThrownBy(() -> chat(record)).hasMessageContaining(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '#',
      value = {
        "{\"conversations\": [{\"from\": \"human\", \"value\": \"q\"}, {\"from\": \"gpt\", \"value\": \"a\"}]} | user:q assistant:a",
        "{\"system\": \"s\", \"conversations\": [{\"from\": \"human\", \"value\": \"q\"}]} | system:s user:q",
        "{\"prompt\": [{\"role\": \"user\", \"content\": \"q\"}], \"completion\": [{\"role\": \"assistant\", \"content\": \"a\"}]} | user:q assistant:a",
        "{\"prompt\": \"q\", \"chosen\": [{\"role\": \"user\", \"content\": \"q\"}, {\"role\": \"assistant\", \"content\": \"a\"}]} | user:q assistant:a",
        "{\"instruction\": \"q\", \"context\": \"c\", \"response\": \"a\"} | user:q_c assistant:a",
        "{\"messages\": [{\"role\": \"user\", \"content\": [{\"type\": \"text\", \"text\": \"q\"}, {\"type\": \"text\", \"text\": \"r\"}]}]} | user:qr",
        "{\"messages\": [{\"role\": \"human\", \"content\": \"q\"}, {\"role\": \"Assistant\", \"content\": \"a\"}]} | user:q assistant:a",
        "{\"messages\": [{\"role\": \"developer\", \"content\": \"d\"}, {\"role\": \"model\", \"content\": \"a\"}]} | developer:d assistant:a",
        "{\"messages\": [{\"role\": \"assistant\", \"tool_calls\": [{\"name\": \"f\"}]}]} | assistant:",
        "{\"messages\": [{\"role\": \"assistant\", \"content\": \"a\", \"tool_calls\": []}]} | assistant:a",
        "{\"messages\": \"[{\\\"role\\\": \\\"user\\\", \\\"content\\\": \\\"q\\\"}]\"} | user:q",
        "{\"messages\": \"[{\\\"role\\\": \\\"user\\\", \\\"content\\\": \\\"\\\\ud83d\\\"}]\"} | user:\ufffd",
        "{\"instruction\": \"q\", \"output\": \"a\", \"history\": [[\"p\", \"b\"]]} | user:p assistant:b user:q assistant:a",
        "{\"system\": \"s\", \"messages\": [{\"role\": \"system\", \"content\": \"s\"}]} | system:s"
      })
  void layoutsAreRecognisedByTheirFields(String record, String turns) throws IOException {
    List<String> read = new ArrayList<>();
    for (Map<String, Object> message : chat(record).messages()) {
      read.add(message.get("role") + ":" + ChatRecord.text(message).replace("\n", "_"));
    }
    assertThat(String.join(" ", read)).isEqualTo(turns);
  }
}
