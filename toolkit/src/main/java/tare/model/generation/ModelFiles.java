package tare.model.generation;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import tare.format.FilesHash;
import tare.format.JsonTree;
import tare.model.Checkpoint;

/**
 * What lies beside a model's weights and determines results too, each part by its SHA-256. A study
 * notes it, because the id of a trial names the weights alone.
 *
 * <p>The parts of a GGUF file are empty: its weights are known by the SHA-256 of the whole file.
 *
 * @param model the model's name or path, as the study has it
 * @param configuration of the configuration, with what it says of packed weights
 * @param tokenizer of the tokenizer
 * @param specialTokens of the names of the tokens that begin and end texts
 * @param chatTemplate of the chat template
 */
public record ModelFiles(
    String model,
    String configuration,
    String tokenizer,
    String specialTokens,
    String chatTemplate) {

  /** Fields that say with what a configuration was written, and from where. */
  private static final List<String> OF_THE_WRITER =
      List.of("transformers_version", "_name_or_path");

  private static final ObjectMapper SORTED =
      JsonMapper.builder().enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS).build();

  /** Checks that nothing is missing, as in a damaged file. */
  public ModelFiles {
    if (Stream.of(model, configuration, tokenizer, specialTokens, chatTemplate)
        .anyMatch(Objects::isNull)) {
      throw new IllegalArgumentException("a column is missing");
    }
  }

  /**
   * What lies beside the weights of a model.
   *
   * @param name its name or path, as the study has it
   * @throws IllegalArgumentException if one of the files is not valid JSON
   */
  public static ModelFiles of(String name, Checkpoint model) {
    Path folder = model.path();
    if (!Files.isDirectory(folder)) {
      return new ModelFiles(name, "", "", "", "");
    }
    StringBuilder configuration = new StringBuilder();
    for (String file : List.of("config.json", "quantize_config.json", "quant_config.json")) {
      configuration.append(text(JsonTree.readIfThere(folder.resolve(file))));
    }
    JsonNode words = JsonTree.readIfThere(folder.resolve("tokenizer_config.json"));
    JsonNode ids = JsonTree.readIfThere(folder.resolve("generation_config.json"));
    String special =
        String.join(
            "\n",
            word(words.path("bos_token")),
            word(words.path("eos_token")),
            text(ids.path("bos_token_id")),
            text(ids.path("eos_token_id")));
    String template =
        ChatTemplate.of(model, ChatTemplate.DAY).map(ChatTemplate::template).orElse("");
    return new ModelFiles(
        name,
        sha256(configuration.toString()),
        model.tokenizer().revision(),
        sha256(special),
        sha256(template));
  }

  private static String sha256(String text) {
    byte[] digest = FilesHash.sha256().digest(text.getBytes(StandardCharsets.UTF_8));
    return HexFormat.of().formatHex(digest);
  }

  /** The text of a token, which stands alone or in an object. */
  private static String word(JsonNode token) {
    return token.isObject() ? token.path("content").asText() : token.asText("");
  }

  /** JSON with sorted fields, without those of the writer. */
  private static String text(JsonNode json) {
    if (json instanceof ObjectNode object) {
      object.remove(OF_THE_WRITER);
    }
    try {
      return SORTED.writeValueAsString(SORTED.convertValue(json, Object.class));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("JSON can always be written", e);
    }
  }

  /** The files in which this model differs from another recording of it; empty if in none. */
  public List<String> differences(ModelFiles other) {
    List<String> files = new ArrayList<>();
    if (!configuration.equals(other.configuration)) {
      files.add("config.json");
    }
    if (!tokenizer.equals(other.tokenizer)) {
      files.add("tokenizer.json");
    }
    if (!specialTokens.equals(other.specialTokens)) {
      files.add("special tokens (tokenizer_config.json, generation_config.json)");
    }
    if (!chatTemplate.equals(other.chatTemplate)) {
      files.add("chat template (chat_template.jinja, tokenizer_config.json)");
    }
    return List.copyOf(files);
  }
}
