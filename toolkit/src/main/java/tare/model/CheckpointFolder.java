package tare.model;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import tare.format.Gguf;
import tare.format.SafetensorsWriter;

/**
 * A checkpoint written as a folder in the form of Hugging Face: {@code model.safetensors} with
 * dense float32 weights, {@code config.json} and {@code tokenizer.json}.
 */
public final class CheckpointFolder {

  private static final String CONFIG = "config.json";
  private static final String TOKENIZER = "tokenizer.json";
  private static final List<String> BESIDE =
      List.of(
          TOKENIZER,
          "tokenizer_config.json",
          "special_tokens_map.json",
          "generation_config.json",
          "chat_template.jinja");
  private static final ObjectMapper JSON = new ObjectMapper();

  private CheckpointFolder() {}

  /**
   * Writes a checkpoint; its configuration and tokenizer come from the place that it was opened
   * from.
   *
   * @param folder made if it is not there
   * @throws IllegalArgumentException if there is a checkpoint in the folder already
   * @throws IOException if it cannot be written
   */
  public static void write(Checkpoint checkpoint, Path folder) throws IOException {
    requireFree(folder);
    Files.createDirectories(folder);
    SafetensorsWriter.write(folder.resolve("model.safetensors"), checkpoint.tensors());
    ObjectNode config;
    if (Files.isDirectory(checkpoint.path())) {
      for (String name : BESIDE) {
        if (Files.exists(checkpoint.path().resolve(name))) {
          Files.copy(checkpoint.path().resolve(name), folder.resolve(name));
        }
      }
      config = (ObjectNode) JSON.readTree(checkpoint.path().resolve(CONFIG).toFile());
      config.remove("dtype");
    } else {
      Files.writeString(
          folder.resolve(TOKENIZER), GgufTokenizer.json(Gguf.open(checkpoint.path())));
      config = config(checkpoint.config());
    }
    config.put("torch_dtype", "float32");
    Files.writeString(folder.resolve(CONFIG), config.toPrettyString() + "\n");
  }

  /**
   * Refuses a folder that something would be overwritten in.
   *
   * @throws IllegalArgumentException if there is a checkpoint in the folder already
   */
  public static void requireFree(Path folder) {
    if (Files.exists(folder.resolve(CONFIG))) {
      throw new IllegalArgumentException(
          folder + " holds a checkpoint already: give another folder, or delete it.");
    }
  }

  private static ObjectNode config(ModelConfig config) {
    ObjectNode json = JSON.createObjectNode();
    String family = config.architecture().family();
    json.putArray("architectures")
        .add(
            Map.of("qwen2", "Qwen2", "qwen3", "Qwen3").getOrDefault(family, "Llama")
                + "ForCausalLM");
    json.put("model_type", family);
    json.put("vocab_size", config.vocabulary());
    json.put("hidden_size", config.width());
    json.put("num_hidden_layers", config.blocks());
    json.put("num_attention_heads", config.heads());
    json.put("num_key_value_heads", config.keyValueHeads());
    json.put("head_dim", config.headWidth());
    json.put("intermediate_size", config.hidden());
    json.put("hidden_act", "silu");
    json.put("max_position_embeddings", config.context());
    Rotary rotary = config.rotary().orElseThrow();
    json.put("rope_theta", rotary.base());
    rotary
        .scaling()
        .ifPresent(
            scaling ->
                json.putObject("rope_scaling")
                    .put("rope_type", "llama3")
                    .put("factor", scaling.factor())
                    .put("low_freq_factor", scaling.lowFactor())
                    .put("high_freq_factor", scaling.highFactor())
                    .put("original_max_position_embeddings", (int) scaling.originalContext()));
    json.put("rms_norm_eps", config.normEpsilon());
    json.put("tie_word_embeddings", config.tiedHead());
    return json;
  }
}
