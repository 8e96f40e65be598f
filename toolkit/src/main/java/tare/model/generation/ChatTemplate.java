package tare.model.generation;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.hubspot.jinjava.Jinjava;
import com.hubspot.jinjava.JinjavaConfig;
import com.hubspot.jinjava.LegacyOverrides;
import com.hubspot.jinjava.interpret.RenderResult;
import com.hubspot.jinjava.interpret.TemplateError;
import com.hubspot.jinjava.lib.fn.ELFunctionDefinition;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.StreamSupport;
import tare.format.Gguf;
import tare.model.Checkpoint;
import tare.model.GgufTokenizer;
import tare.model.TextTokenizer;

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

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Pattern FILTERED_LOOP =
      Pattern.compile("\\{%-?\\s*for\\s[^%]*\\sin\\s[^%]*\\sif\\s[^%]*%}");
  private static final String TODAY = "strftime_now"; // templates test whether this is defined

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

  private static Optional<ChatTemplate> ofGguf(Gguf gguf, LocalDate today) {
    return Optional.ofNullable(gguf.metadata().get("tokenizer.chat_template"))
        .map(
            template ->
                new ChatTemplate(
                    gguf.file(),
                    template.toString(),
                    GgufTokenizer.specialText(gguf, "bos"),
                    GgufTokenizer.specialText(gguf, "eos"),
                    today));
  }

  private static Optional<ChatTemplate> ofFolder(Path folder, LocalDate today) {
    Path configFile = folder.resolve("tokenizer_config.json");
    Path own = folder.resolve("chat_template.jinja");
    try {
      JsonNode config =
          Files.exists(configFile)
              ? JSON.readTree(Files.readString(configFile))
              : JSON.createObjectNode();
      Path origin = Files.exists(own) ? own : configFile;
      Optional<String> template =
          Files.exists(own)
              ? Optional.of(Files.readString(own))
              : template(config.path("chat_template"));
      return template.map(
          text ->
              new ChatTemplate(
                  origin, text, token(config, "bos_token"), token(config, "eos_token"), today));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          configFile + " is not valid JSON: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new UncheckedIOException(folder + ": the chat template cannot be read", e);
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
   * Renders a conversation.
   *
   * @param messages the turns, oldest first
   * @param answerFollows whether the text ends where the model's answer begins
   * @return text for {@link TextTokenizer#encode}; it holds the model's special tokens
   * @throws IllegalArgumentException if the template refuses the conversation, cannot be rendered,
   *     or has a loop with a condition ({@code for .. in .. if ..})
   */
  public String text(List<ChatMessage> messages, boolean answerFollows) {
    Matcher filtered = FILTERED_LOOP.matcher(template);
    if (filtered.find()) { // The library would ignore the condition.
      throw new IllegalArgumentException(
          origin
              + ": a loop with a condition is not supported: "
              + filtered.group()
              + ". Put the condition into the loop, in a chat_template.jinja beside the model.");
    }
    Map<String, Object> given = new HashMap<>();
    given.put("messages", messages.stream().map(m -> turn(m)).toList());
    given.put("add_generation_prompt", answerFollows);
    given.put("bos_token", beginOfText);
    given.put("eos_token", endOfText);
    given.put(TODAY, today);
    // Jinja drops one line end at the end of a template.
    RenderResult result = jinja().renderForResult(template.replaceFirst("\n\\z", ""), given);
    for (TemplateError error : result.getErrors()) {
      throw new IllegalArgumentException(
          origin + ": the chat template cannot be rendered: " + reason(error),
          error.getException());
    }
    return result.getOutput();
  }

  private static Map<String, Object> turn(ChatMessage message) {
    Map<String, Object> turn = new LinkedHashMap<>();
    turn.put("role", message.role());
    turn.put("content", message.content());
    return turn;
  }

  private static String reason(TemplateError error) {
    for (Throwable e = error.getException(); e != null; e = e.getCause()) {
      if (e instanceof TemplateFunctions.Refusal) {
        return e.getMessage();
      }
    }
    return "line " + error.getLineno() + ": " + error.getMessage();
  }

  /** A Jinja renderer with the settings of transformers. */
  private static Jinjava jinja() {
    LegacyOverrides asPython =
        LegacyOverrides.newBuilder()
            .withEvaluateMapKeys(true)
            .withIterateOverMapKeys(true)
            .withUsePyishObjectMapper(true)
            .withUseNaturalOperatorPrecedence(true)
            .withParseWhitespaceControlStrictly(true)
            .withAllowAdjacentTextNodes(true)
            .withUseTrimmingForNotesAndExpressions(true)
            .build();
    Jinjava jinja =
        new Jinjava(
            JinjavaConfig.newBuilder()
                .withTrimBlocks(true)
                .withLstripBlocks(true)
                .withKeepTrailingNewline(true)
                .withNestedInterpretationEnabled(false)
                .withLegacyOverrides(asPython)
                .build());
    Class<?> functions = TemplateFunctions.class;
    jinja
        .getGlobalContext()
        .registerFunction(
            new ELFunctionDefinition("", "raise_exception", functions, "refuse", String.class));
    jinja
        .getGlobalContext()
        .registerFunction(new ELFunctionDefinition("", TODAY, functions, "dayAs", String.class));
    jinja.getGlobalContext().registerFilter(new TemplateFunctions.ToJson());
    return jinja;
  }
}
