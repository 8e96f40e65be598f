package tare.model.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.LocalDate;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tare.format.FilesHash;
import tare.format.Gguf;
import tare.model.Checkpoint;
import tare.model.generation.Conversation.ChatMessage;

/** Conversations as text, against {@code transformers} (src/test/python/make_chat_fixture.py). */
class ChatTemplateTest {

  private static final LocalDate DAY = LocalDate.of(2026, 11, 24);
  private static final List<ChatMessage> HELLO = List.of(new ChatMessage("user", "Hello"));

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final JsonNode EXPECTED = expected();

  private static JsonNode expected() {
    try (InputStream json = ChatTemplateTest.class.getResourceAsStream("/chat/expected.json")) {
      return JSON.readTree(json);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Stream<JsonNode> rows(String part) {
    assertThat(EXPECTED.get(part).size()).isGreaterThan(20);
    return StreamSupport.stream(EXPECTED.get(part).spliterator(), false);
  }

  static Stream<JsonNode> cases() {
    return rows("cases");
  }

  static Stream<JsonNode> pieces() {
    return rows("pieces");
  }

  static Stream<JsonNode> official() {
    return rows("official");
  }

  private static Conversation talk(int number) {
    return JSON.convertValue(EXPECTED.get("talks").get(number), Conversation.class);
  }

  private static ChatTemplate template(String text) {
    return new ChatTemplate(Path.of("a.jinja"), text, "<s>", "</s>", DAY);
  }

  /** Whole templates; the last four use what Qwen3, Llama 3.1, Mistral and DeepSeek use. */
  @ParameterizedTest
  @MethodSource("cases")
  void rendersAsTransformersDoes(JsonNode expected) {
    String text = EXPECTED.get("templates").get(expected.get("template").asText()).asText();
    boolean answerFollows = expected.get("answer_follows").asBoolean();
    verify(template(text), talk(expected.get("talk").asInt()), answerFollows, expected);
  }

  /** Python's rules in small: white space, scopes, operators, methods, filters, tests, failures. */
  @ParameterizedTest
  @MethodSource("pieces")
  void readsJinjaAsPythonDoes(JsonNode expected) {
    verify(template(expected.get("template").asText()), talk(1), true, expected);
  }

  private static void verify(
      ChatTemplate template, Conversation talk, boolean answerFollows, JsonNode expected) {
    if (expected.get("text").isNull()) {
      assertThatThrownBy(() -> template.text(talk, answerFollows))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("a.jinja")
          .hasMessageContaining(expected.get("refused").asText());
    } else {
      assertThat(template.text(talk, answerFollows)).isEqualTo(expected.get("text").asText());
    }
  }

  /**
   * The published templates themselves: those of the fetched models, SmolLM2 and Qwen2.5, and those
   * of a folder that TARE_TEMPLATES names.
   */
  @ParameterizedTest
  @MethodSource("official")
  void officialTemplatesRenderAsTransformersDoes(JsonNode expected)
      throws IOException, NoSuchAlgorithmException {
    String name = expected.get("file").asText();
    Optional<Path> file =
        Stream.of(System.getenv("TARE_TEMPLATES"), "../data/fetched/models")
            .filter(Objects::nonNull)
            .map(folder -> Path.of(folder, name))
            .filter(Files::isRegularFile)
            .findFirst();
    assumeTrue(file.isPresent(), name + " is neither in TARE_TEMPLATES nor fetched");
    String text = official(file.get());
    assertThat(sha256(text.getBytes(StandardCharsets.UTF_8)))
        .isEqualTo(expected.get("sha256").asText());
    ChatTemplate template = template(text);
    for (int i = 0; i < expected.get("texts").size(); i++) {
      JsonNode rendered = expected.get("texts").get(i);
      Conversation talk = talk(i);
      if (rendered.isNull()) {
        assertThatThrownBy(() -> template.text(talk, true))
            .isInstanceOf(IllegalArgumentException.class);
      } else {
        assertThat(sha256(template.text(talk, true).getBytes(StandardCharsets.UTF_8)))
            .as("conversation %d", i)
            .startsWith(rendered.asText());
      }
    }
  }

  private static String official(Path file) throws IOException {
    return file.toString().endsWith(".gguf")
        ? Gguf.open(file).metadata().get("tokenizer.chat_template").toString()
        : Files.readString(file);
  }

  /** The two that are fetched as GGUF files need no TARE_TEMPLATES. */
  @Test
  void theFixtureHasTheTemplatesOfTheFamilies() {
    assertThat(official().map(each -> each.get("file").asText()))
        .contains(
            "SmolLM2-135M-Instruct.Q4_1.gguf",
            "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
            "Qwen-Qwen2.5-7B-Instruct.jinja",
            "meta-llama-Llama-3.1-8B-Instruct.jinja");
  }

  private static String sha256(byte[] bytes) throws NoSuchAlgorithmException {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }

  private static Optional<ChatTemplate> of(Path folder) {
    return ChatTemplate.of(new Checkpoint(folder, null, null, null, FilesHash.of(List.of())), DAY);
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
    Files.writeString(config, "{\"bos_token\": \"<s>\"}");
    assertThat(
            ChatTemplate.of(
                    new Checkpoint(folder, null, null, null, FilesHash.of(List.of())),
                    Path.of("a.jinja"),
                    "D{{ bos_token }}",
                    DAY)
                .text(HELLO, true))
        .as("a template of the user's, for a model without one")
        .isEqualTo("D<s>");
    Files.writeString(folder.resolve("chat_template.jinja"), "C{{ messages[0].content }}\n");
    assertThat(of(folder).orElseThrow().text(HELLO, true)).isEqualTo("CHello");
  }

  @Test
  void whatIsNoTemplateIsNamedWithItsFile(@TempDir Path folder) throws IOException {
    Files.writeString(folder.resolve("chat_template.jinja"), "{% for message in messages %}x");
    ChatTemplate broken = of(folder).orElseThrow();
    assertThatThrownBy(() -> broken.text(HELLO, true)).hasMessageContaining("chat_template.jinja");
    Files.delete(folder.resolve("chat_template.jinja"));
    Files.writeString(folder.resolve("tokenizer_config.json"), "{\"chat_template\": ");
    assertThatThrownBy(() -> of(folder))
        .hasMessageContaining("tokenizer_config.json: not valid JSON");
  }
}
