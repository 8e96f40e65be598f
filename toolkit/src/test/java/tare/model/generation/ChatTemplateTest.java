package tare.model.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tare.model.Checkpoint;

/** Conversations as text, against {@code transformers} (src/test/python/make_chat_fixture.py). */
class ChatTemplateTest {

  private static final LocalDate DAY = LocalDate.of(2026, 11, 24);
  private static final List<ChatMessage> HELLO = List.of(new ChatMessage("user", "Hello"));

  static Stream<JsonNode> cases() throws IOException {
    try (InputStream json = ChatTemplateTest.class.getResourceAsStream("/chat/expected.json")) {
      JsonNode cases = new ObjectMapper().readTree(json);
      assertThat(cases.size()).isGreaterThan(30);
      return StreamSupport.stream(cases.spliterator(), false);
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void rendersAsTransformersDoes(JsonNode expected) {
    ChatTemplate template =
        new ChatTemplate(Path.of("a.jinja"), expected.get("template").asText(), "<s>", "</s>", DAY);
    List<ChatMessage> messages = new ArrayList<>();
    for (JsonNode turn : expected.get("messages")) {
      messages.add(new ChatMessage(turn.get("role").asText(), turn.get("content").asText()));
    }
    boolean answerFollows = expected.get("answer_follows").asBoolean();
    if (expected.get("text").isNull()) {
      assertThatThrownBy(() -> template.text(messages, answerFollows))
          .hasMessageContaining("a.jinja")
          .hasMessageContaining(expected.get("refused").asText());
    } else {
      assertThat(template.text(messages, answerFollows)).isEqualTo(expected.get("text").asText());
    }
  }

  private static Optional<ChatTemplate> of(Path folder) {
    return ChatTemplate.of(new Checkpoint(folder, null, null, null, "invented"), DAY);
  }

  @Test
  void theTemplateIsWhereCheckpointsHaveIt(@TempDir Path folder) throws IOException {
    assertThat(of(folder)).isEmpty();
    Path config = folder.resolve("tokenizer_config.json");
    Files.writeString(config, "{\"bos_token\": \"<s>\"}");
    assertThat(of(folder)).isEmpty();
    Files.writeString(
        config,
        "{\"chat_template\": \"A{{ bos_token }}\", \"bos_token\": {\"content\": \"<s>\"}, \"eos_token\": null}");
    assertThat(of(folder).orElseThrow().text(HELLO, true)).isEqualTo("A<s>");
    Files.writeString(
        config,
        """
        {"chat_template": [{"name": "tool_use", "template": "no"}, {"name": "default", "template": "B"}]}
        """);
    assertThat(of(folder).orElseThrow().text(HELLO, true)).isEqualTo("B");
    Files.writeString(folder.resolve("chat_template.jinja"), "C{{ messages[0].content }}\n");
    assertThat(of(folder).orElseThrow().text(HELLO, true)).isEqualTo("CHello");
  }

  @Test
  void whatIsNoTemplateIsNamedWithItsFile(@TempDir Path folder) throws IOException {
    Files.writeString(folder.resolve("chat_template.jinja"), "{% for message in messages %}x");
    ChatTemplate broken = of(folder).orElseThrow();
    assertThatThrownBy(() -> broken.text(HELLO, true)).hasMessageContaining("chat_template.jinja");
    Files.writeString(
        folder.resolve("chat_template.jinja"),
        "{%- for m in messages if m.role != 'user' %}{{ m.content }}{% endfor %}");
    ChatTemplate filtered = of(folder).orElseThrow();
    assertThatThrownBy(() -> filtered.text(HELLO, true))
        .hasMessageContaining("chat_template.jinja")
        .hasMessageContaining("if m.role != 'user'");
    Files.delete(folder.resolve("chat_template.jinja"));
    Files.writeString(folder.resolve("tokenizer_config.json"), "{\"chat_template\": ");
    assertThatThrownBy(() -> of(folder))
        .hasMessageContaining("tokenizer_config.json is not valid JSON");
  }
}
