package tare.model.generation;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.StreamSupport;
import tare.format.Gguf;
import tare.format.JsonTree;
import tare.jinja.JinjaException;
import tare.jinja.JinjaTemplate;
import tare.jinja.Limits;
import tare.model.Checkpoint;
import tare.model.GgufTokenizer;
import tare.model.TextTokenizer;
import tare.model.generation.Conversation.ChatMessage;

/**
 * Turns a conversation into text for an instruction-tuned model. It renders the Jinja template of
 * the model's checkpoint as {@code transformers} does.
 *
 * @param origin file of the template, for messages
 * @param template the template
 * @param beginOfText text of the token that templates call bos_token; empty if there is none
 * @param endOfText text of the token that templates call eos_token; empty if there is none
 * @param today the date that a template may write into the text
 */
public record ChatTemplate(
    Path origin, String template, String beginOfText, String endOfText, LocalDate today) {

  /**
   * The day that calibration and scores write into texts: 26 July 2024, which Llama 3.1's template
   * takes for a program without a clock. So the same text comes out on each day.
   */
  public static final LocalDate DAY = LocalDate.of(2024, 7, 26);

  /** The template that was rendered last: a corpus renders the same one again and again. */
  private static final AtomicReference<Parsed> LAST = new AtomicReference<>();

  private record Parsed(String source, JinjaTemplate template) {}

  /**
   * The template of a checkpoint: its chat_template.jinja, the field of its tokenizer_config.json,
   * or the metadata of its GGUF file.
   *
   * @param today the date that a template may write into the text
   * @return empty for a model without a template, such as a base model
   * @throws IllegalArgumentException if tokenizer_config.json is not valid JSON
   */
  public static Optional<ChatTemplate> of(Checkpoint checkpoint, LocalDate today) {
    Path path = checkpoint.path();
    return Files.isDirectory(path) ? ofFolder(path, today) : ofGguf(Gguf.open(path), today);
  }

  /**
   * A template that does not come with a checkpoint, with the checkpoint's special tokens.
   *
   * @param origin file of the template
   * @throws IllegalArgumentException if tokenizer_config.json is not valid JSON
   */
  public static ChatTemplate of(
      Checkpoint checkpoint, Path origin, String template, LocalDate today) {
    Path path = checkpoint.path();
    if (!Files.isDirectory(path)) {
      return ofGguf(Gguf.open(path), origin, template, today);
    }
    return ofFolder(
        JsonTree.readIfThere(path.resolve("tokenizer_config.json")), origin, template, today);
  }

  private static ChatTemplate ofGguf(Gguf gguf, Path origin, String template, LocalDate today) {
    return new ChatTemplate(
        origin,
        template,
        GgufTokenizer.specialText(gguf, "bos"),
        GgufTokenizer.specialText(gguf, "eos"),
        today);
  }

  private static ChatTemplate ofFolder(
      JsonNode config, Path origin, String template, LocalDate today) {
    return new ChatTemplate(
        origin, template, token(config, "bos_token"), token(config, "eos_token"), today);
  }

  private static Optional<ChatTemplate> ofGguf(Gguf gguf, LocalDate today) {
    return Optional.ofNullable(gguf.metadata().get("tokenizer.chat_template"))
        .map(template -> ofGguf(gguf, gguf.file(), template.toString(), today));
  }

  private static Optional<ChatTemplate> ofFolder(Path folder, LocalDate today) {
    Path configFile = folder.resolve("tokenizer_config.json");
    Path own = folder.resolve("chat_template.jinja");
    JsonNode config = JsonTree.readIfThere(configFile);
    try {
      Optional<String> template =
          Files.exists(own)
              ? Optional.of(Files.readString(own))
              : template(config.path("chat_template"));
      Path origin = Files.exists(own) ? own : configFile;
      return template.map(text -> ofFolder(config, origin, text, today));
    } catch (IOException e) {
      throw new UncheckedIOException(own + " cannot be read; it must be UTF-8", e);
    }
  }

  /** The template in a field. Of a list of named templates, it is the one named default. */
  private static Optional<String> template(JsonNode field) {
    if (field.isArray()) {
      return StreamSupport.stream(field.spliterator(), false)
          .filter(one -> one.path("name").asText().equals("default"))
          .map(one -> one.path("template").asText())
          .findFirst();
    }
    return field.isTextual() ? Optional.of(field.asText()) : Optional.empty();
  }

  private static String token(JsonNode config, String field) {
    JsonNode token = config.path(field);
    return token.isObject() ? token.path("content").asText() : token.asText("");
  }

  /**
   * Renders a conversation of plain turns.
   *
   * @param messages the turns, oldest first
   * @param answerFollows whether the text ends where the model's answer begins
   * @return text for {@link TextTokenizer#encode}; it holds the model's special tokens
   * @throws IllegalArgumentException if the template refuses the conversation or cannot be rendered
   */
  public String text(List<ChatMessage> messages, boolean answerFollows) {
    return text(Conversation.of(messages), answerFollows);
  }

  /**
   * Renders a conversation with tools and variables. A template is not trusted: it ends within
   * {@link Limits#USUAL} or when the thread is interrupted, and reads nothing but what is given.
   *
   * @param conversation the turns, tools and further variables
   * @param answerFollows whether the text ends where the model's answer begins
   * @return text for {@link TextTokenizer#encode}; it holds the model's special tokens
   * @throws IllegalArgumentException if the template refuses the conversation or cannot be rendered
   */
  public String text(Conversation conversation, boolean answerFollows) {
    Map<String, Object> given = new HashMap<>(TemplateFunctions.on(today));
    given.put("bos_token", beginOfText);
    given.put("eos_token", endOfText);
    given.putAll(conversation.variables());
    given.put("messages", conversation.messages());
    given.put("tools", conversation.tools().isEmpty() ? null : conversation.tools());
    given.put("documents", null); // as transformers passes them
    given.put("add_generation_prompt", answerFollows);
    try {
      return parsed().render(given, Limits.USUAL);
    } catch (JinjaException e) {
      throw new IllegalArgumentException(
          origin + ": the chat template cannot be rendered: " + e.getMessage(), e);
    }
  }

  private JinjaTemplate parsed() {
    Parsed last = LAST.get();
    if (last == null || !last.source.equals(template)) {
      last = new Parsed(template, JinjaTemplate.of(template));
      LAST.set(last);
    }
    return last.template;
  }
}
