package tare.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import tare.format.Gguf;

/**
 * The sizes and constants of a LLaMA-architecture decoder.
 *
 * @param architecture {@code llama}
 * @param vocabulary number of token ids
 * @param width size of the residual stream
 * @param blocks number of decoder blocks
 * @param heads query heads
 * @param keyValueHeads key/value heads; divides {@code heads} (grouped-query attention where it is
 *     less)
 * @param headWidth size of one head
 * @param hidden size of the gated layer's hidden state
 * @param context the most tokens in a sequence
 * @param ropeBase base of the rotary embedding's wavelengths
 * @param normEpsilon added to the mean square in each RMSNorm
 * @param tiedHead whether the embedding matrix is the output matrix too
 */
public record ModelConfig(
    String architecture,
    int vocabulary,
    int width,
    int blocks,
    int heads,
    int keyValueHeads,
    int headWidth,
    int hidden,
    int context,
    double ropeBase,
    double normEpsilon,
    boolean tiedHead) {

  private static final List<String> ARCHITECTURES = List.of("llama");

  /**
   * From a checkpoint folder's {@code config.json}.
   *
   * @throws IllegalArgumentException for another architecture, a missing field, biases or rotary
   *     scaling
   */
  public static ModelConfig ofJson(Path file) {
    JsonNode json;
    try {
      json = new ObjectMapper().readTree(file.toFile());
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          file + ": it is not valid JSON: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new UncheckedIOException(file + " cannot be read: " + e.getMessage(), e);
    }
    requireKnown(json.path("model_type").asText("(none)"), file, "model_type");
    for (String bias : List.of("attention_bias", "mlp_bias")) {
      if (json.path(bias).asBoolean(false)) {
        throw new IllegalArgumentException(
            file + ": field " + bias + " is true, which is not supported yet");
      }
    }
    JsonNode rope =
        json.has("rope_parameters") ? json.path("rope_parameters") : json.path("rope_scaling");
    String ropeType = rope.path("rope_type").asText(rope.path("type").asText("default"));
    if (!ropeType.equals("default")) {
      throw new IllegalArgumentException(
          file + ": rotary scaling \"" + ropeType + "\" is not supported yet");
    }
    int heads = integer(json, "num_attention_heads", file);
    int width = integer(json, "hidden_size", file);
    return new ModelConfig(
        json.path("model_type").asText(),
        integer(json, "vocab_size", file),
        width,
        integer(json, "num_hidden_layers", file),
        heads,
        json.path("num_key_value_heads").asInt(heads),
        json.path("head_dim").asInt(width / heads),
        integer(json, "intermediate_size", file),
        integer(json, "max_position_embeddings", file),
        json.path("rope_theta").asDouble(rope.path("rope_theta").asDouble(10000)),
        json.path("rms_norm_eps").asDouble(1e-6),
        json.path("tie_word_embeddings").asBoolean(false));
  }

  /**
   * From the metadata of a GGUF file.
   *
   * @throws IllegalArgumentException for another architecture or a missing field
   */
  public static ModelConfig of(Gguf gguf) {
    String architecture = gguf.text("general.architecture");
    requireKnown(architecture, gguf.file(), "general.architecture");
    String key = architecture + ".";
    int heads = (int) gguf.number(key + "attention.head_count");
    int width = (int) gguf.number(key + "embedding_length");
    return new ModelConfig(
        architecture,
        (int) gguf.tensors().shape("token_embd.weight").get(0),
        width,
        (int) gguf.number(key + "block_count"),
        heads,
        (int) gguf.number(key + "attention.head_count_kv"),
        width / heads,
        (int) gguf.number(key + "feed_forward_length"),
        (int) gguf.number(key + "context_length"),
        gguf.metadata().get(key + "rope.freq_base") instanceof Double base ? base : 10000,
        gguf.fraction(key + "attention.layer_norm_rms_epsilon"),
        !gguf.tensors().names().contains("output.weight"));
  }

  private static void requireKnown(String architecture, Path file, String field) {
    if (!ARCHITECTURES.contains(architecture)) {
      throw new IllegalArgumentException(
          file
              + ": field "
              + field
              + ": architecture \""
              + architecture
              + "\" is not supported; supported: "
              + String.join(", ", ARCHITECTURES));
    }
  }

  private static int integer(JsonNode json, String field, Path file) {
    if (!json.path(field).canConvertToInt() || json.path(field).asInt() < 1) {
      throw new IllegalArgumentException(
          file + ": field " + field + " is missing or not a positive whole number");
    }
    return json.path(field).asInt();
  }

  /**
   * Refuses a sequence that is longer than the model can read.
   *
   * @throws IllegalArgumentException naming both lengths
   */
  public void requireFits(int tokens) {
    if (tokens > context) {
      throw new IllegalArgumentException(
          "A sequence of "
              + tokens
              + " tokens is longer than the model's context of "
              + context
              + ": choose a shorter one.");
    }
  }
}
