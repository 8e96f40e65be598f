package tare.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.OptionalInt;
import java.util.Set;
import tare.format.Gguf;
import tare.format.JsonTree;

/**
 * The tokens with which texts begin and end.
 *
 * @param beginOfText the first token of each document in training (for Qwen2, which has none, what
 *     stands between documents); empty where the checkpoint names none
 * @param endOfText any of these ends a text; may be empty
 */
public record SpecialTokens(OptionalInt beginOfText, Set<Integer> endOfText) {

  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * As the checkpoint says: its generation_config.json, else its config.json; or the metadata of
   * its GGUF file.
   *
   * @throws IllegalArgumentException if one of the files is not valid JSON
   */
  public static SpecialTokens of(Checkpoint checkpoint) {
    Path path = checkpoint.path();
    if (!Files.isDirectory(path)) {
      Gguf gguf = Gguf.open(path);
      return of(
          JSON.valueToTree(gguf.metadata().get("tokenizer.ggml.bos_token_id")),
          JSON.valueToTree(gguf.metadata().get("tokenizer.ggml.eos_token_id")));
    }
    JsonNode generation = JsonTree.readIfThere(path.resolve("generation_config.json"));
    JsonNode config = JsonTree.readIfThere(path.resolve("config.json"));
    return of(
        generation.path("bos_token_id").isNumber()
            ? generation.path("bos_token_id")
            : config.path("bos_token_id"),
        generation.hasNonNull("eos_token_id")
            ? generation.path("eos_token_id")
            : config.path("eos_token_id"));
  }

  private static SpecialTokens of(JsonNode begin, JsonNode end) {
    Set<Integer> ends = new LinkedHashSet<>();
    if (end.isNumber()) {
      ends.add(end.asInt());
    }
    end.forEach(id -> ends.add(id.asInt()));
    return new SpecialTokens(
        begin.isNumber() ? OptionalInt.of(begin.asInt()) : OptionalInt.empty(), Set.copyOf(ends));
  }
}
