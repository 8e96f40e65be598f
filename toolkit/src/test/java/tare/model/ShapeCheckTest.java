package tare.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tare.format.Safetensors;

/** Configurations that contradict the tensors, and folders that lack a part. */
class ShapeCheckTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path folder;

  /** Opens a fixture's tensors with a configuration of which one field is changed. */
  private void check(String name, String field, String value)
      throws IOException, URISyntaxException {
    ObjectNode config =
        (ObjectNode) JSON.readTree(ModelFixture.folder(name).resolve("config.json").toFile());
    JsonNode changed = JSON.readTree(value);
    config.set(field, changed);
    Path file = folder.resolve("config.json");
    JSON.writeValue(file.toFile(), config);
    new ShapeCheck(
            ModelFixture.folder(name),
            ModelConfig.ofJson(file),
            Safetensors.open(ModelFixture.folder(name)))
        .run();
  }

  @ParameterizedTest
  @CsvSource({
    "llama/tied, vocab_size, 255, '(256, 32)', '(255, 32)'",
    "llama/tied, tie_word_embeddings, false, lm_head.weight is missing, tie_word_embeddings to true",
    "llama/untied, intermediate_size, 96, '(80, 32)', '(96, 32)'",
    "llama/untied, num_hidden_layers, 2, model.layers.2., 2 blocks",
    "llama/untied, num_hidden_layers, 4, model.layers.3., is missing",
    "llama/untied, attention_bias, true, q_proj.bias is missing, '(32)'",
    "families/llama-scaled, attention_bias, false, k_proj.bias (16), '[GATE, UP, DOWN]'",
    "families/mistral, head_dim, 8, '(64, 32)', '(32, 32)'",
    "families/qwen2, num_key_value_heads, 4, '(16, 32)', '(32, 32)'",
    "families/qwen2-tied, hidden_size, 64, '(128, 32)', '(128, 64)'",
    "families/qwen3, head_dim, 32, '(64, 32)', '(128, 32)'",
    "families/gemma3, attention_bias, true, q_proj.bias is missing, '(64)'",
    "families/opt, max_position_embeddings, 126, '(130, 32)', '(128, 32)'",
    "families/opt, ffn_dim, 64, '(80, 32)', '(64, 32)'",
    "families/opt-350m, word_embed_proj_dim, 32, '(128, 16)', '(128, 32)'",
    "families/opt-350m, do_layer_norm_before, true, final_layer_norm.weight is missing, '(32)'"
  })
  void aContradictionStatesBothSides(
      String name, String field, String value, String one, String other) {
    assertThatThrownBy(() -> check(name, field, value))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(one)
        .hasMessageContaining(other);
  }

  @ParameterizedTest
  @CsvSource({
    "llama/tied, hidden_act, '\"gelu\"', gelu",
    "llama/tied, num_key_value_heads, 3, 4 query heads cannot share 3",
    "llama/tied, rms_norm_eps, '\"x\"', rms_norm_eps",
    "llama/tied, rope_parameters, '{\"rope_type\": \"su\"}', supported: default, linear",
    "llama/tied, rope_parameters, '{\"rope_type\": \"linear\"}', factor",
    "llama/tied, rope_scaling, '{\"type\": \"longrope\", \"short_factor\": [1]}', short_factor",
    "llama/tied, rope_parameters, '{\"rope_type\": \"llama3\"}', factor",
    "families/gemma3, hidden_activation, '\"gelu\"', gelu",
    "families/gemma3, final_logit_softcapping, 30.0, final_logit_softcapping",
    "families/gemma3, use_bidirectional_attention, true, use_bidirectional_attention",
    "families/gemma3, query_pre_attn_scalar, 168, query_pre_attn_scalar",
    "families/gemma3, layer_types, '[\"full_attention\"]', a list of 3 kinds",
    "families/gemma3, layer_types, '[\"a\", \"b\", \"c\"]', layer_types",
    "families/opt, activation_function, '\"gelu\"', gelu",
    "families/opt, num_attention_heads, 5, not a multiple of 5 heads",
    "families/opt, layer_norm_elementwise_affine, false, layer_norm_elementwise_affine"
  })
  void whatIsNotSupportedIsNamed(String name, String field, String value, String named) {
    assertThatThrownBy(() -> check(name, field, value))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("config.json")
        .hasMessageContaining(named);
  }

  private ModelConfig config(String name, Consumer<ObjectNode> change)
      throws IOException, URISyntaxException {
    ObjectNode json =
        (ObjectNode) JSON.readTree(ModelFixture.folder(name).resolve("config.json").toFile());
    change.accept(json);
    Path file = folder.resolve("config.json");
    JSON.writeValue(file.toFile(), json);
    return ModelConfig.ofJson(file);
  }

  @Test
  void theFirstReleasesOfGemma3SayTheSameInOtherFields() throws IOException, URISyntaxException {
    ModelConfig today = config("families/gemma3", json -> {});
    ModelConfig first =
        config(
            "families/gemma3",
            json ->
                json.putNull("rope_scaling")
                    .put("rope_theta", 1e6)
                    .put("rope_local_base_freq", 1e4)
                    .remove(List.of("layer_types", "rope_parameters", "tie_word_embeddings")));
    assertThat(first).isEqualTo(today);
    assertThat(today.window().orElseThrow().blocks()).containsExactlyInAnyOrder(0, 2);
    assertThat(today.tiedHead()).isTrue();
  }

  @Test
  void aWindowAppliesToTheBlocksThatTheFamilyGivesIt() throws IOException, URISyntaxException {
    assertThat(config("families/mistral", json -> {}).window().orElseThrow().blocks()).hasSize(2);
    assertThat(new ModelConfig.Window(8, Set.of(5, 1, 3, 0, 2), Optional.empty()))
        .as("a text that is the same in each process")
        .hasToString("Window[tokens=8, blocks=[0, 1, 2, 3, 5], rotary=Optional.empty]");
    assertThat(config("families/mistral", json -> json.putNull("sliding_window")).window())
        .isEmpty();
    Consumer<ObjectNode> last =
        json -> json.put("max_window_layers", 1).put("sliding_window", 8).remove("layer_types");
    assertThat(config("families/qwen2", last).window()).isEmpty();
    assertThat(
            config("families/qwen2", last.andThen(json -> json.put("use_sliding_window", true)))
                .window()
                .orElseThrow()
                .blocks())
        .containsExactly(1);
  }

  @Test
  void aPickleIsNeverReadAndTheRemedyIsNamed() throws IOException, URISyntaxException {
    Files.copy(
        ModelFixture.folder("families/opt").resolve("config.json"), folder.resolve("config.json"));
    Path pickle = Files.writeString(folder.resolve("pytorch_model.bin"), "never read");
    assertThatThrownBy(() -> Checkpoint.open(folder))
        .hasMessageContaining("pytorch_model.bin is a Python pickle")
        .hasMessageContaining("save_pretrained");
    assertThatThrownBy(() -> Checkpoint.open(pickle)).hasMessageContaining("never read");
  }

  @Test
  void aSentencePieceTokenizerAloneIsNotEnough() throws IOException, URISyntaxException {
    for (String part : new String[] {"config.json", "model.safetensors"}) {
      Files.copy(ModelFixture.folder("families/mistral").resolve(part), folder.resolve(part));
    }
    Files.writeString(folder.resolve("tokenizer.model"), "pieces");
    assertThatThrownBy(() -> Checkpoint.open(folder))
        .hasMessageContaining("tokenizer.json is missing")
        .hasMessageContaining("tokenizer.model");
  }
}
