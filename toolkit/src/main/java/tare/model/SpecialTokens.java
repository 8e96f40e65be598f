package tare.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.OptionalInt;
import java.util.Set;
import tare.format.Gguf;
import tare.format.JsonTree;

/**
 * The tokens with which texts begin and end.
 *
 * @param beginOfText the first token of each document in training (for Qwen2, which has no such
 *     token, the token between documents); empty if the checkpoint names none
 * @param endOfText each of these tokens ends a text, in the order of the checkpoint; may be empty
 */
public record SpecialTokens(OptionalInt beginOfText, Set<Integer> endOfText) {

  /**
   * Reads the tokens from the checkpoint's generation_config.json, else from its config.json; or
   * from the metadata of its GGUF file.
   *
   * @throws IllegalArgumentException if one of the files is not valid JSON
   */
  public static SpecialTokens of(Checkpoint checkpoint) {
    Path path = checkpoint.path();
    if (!Files.isDirectory(path)) {
      Gguf gguf = Gguf.open(path);
      return new SpecialTokens(GgufTokenizer.special(gguf, "bos"), GgufTokenizer.ends(gguf));
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

  /**
   * The token that precedes a text without context. It is the token that begins a text or, if the
   * tokenizer names none, the token that ends one (as in lm-evaluation-harness). It is looked up in
   * a GGUF file's metadata, or in a folder's tokenizer_config.json, which names tokens by their
   * text, else in its config.json.
   *
   * @throws IllegalArgumentException if no such token is named
   */
  public static int prefix(Checkpoint checkpoint) {
    Path path = checkpoint.path();
    if (!Files.isDirectory(path)) {
      Gguf gguf = Gguf.open(path);
      for (String role : new String[] {"bos", "eos"}) {
        OptionalInt id = GgufTokenizer.special(gguf, role);
        if (id.isPresent()) {
          return id.getAsInt();
        }
      }
      throw none(path);
    }
    JsonNode tokenizer = JsonTree.readIfThere(path.resolve("tokenizer_config.json"));
    for (String field : new String[] {"bos_token", "eos_token"}) {
      JsonNode token = tokenizer.path(field);
      String text = token.isTextual() ? token.asText() : token.path("content").asText("");
      int[] ids = text.isEmpty() ? new int[0] : checkpoint.tokenizer().encode(text);
      if (ids.length == 1) {
        return ids[0];
      }
    }
    JsonNode config = JsonTree.readIfThere(path.resolve("config.json"));
    for (String field : new String[] {"bos_token_id", "eos_token_id"}) {
      JsonNode id = config.path(field).isArray() ? config.path(field).path(0) : config.path(field);
      if (id.isInt()) {
        return id.asInt();
      }
    }
    throw none(path);
  }

  private static IllegalArgumentException none(Path path) {
    return new IllegalArgumentException(
        path + " names no token that begins or ends a text, so texts cannot be scored as a whole.");
  }

  private static SpecialTokens of(JsonNode begin, JsonNode end) {
    Set<Integer> ends = new LinkedHashSet<>();
    if (end.isNumber()) {
      ends.add(end.asInt());
    }
    end.forEach(id -> ends.add(id.asInt()));
    return new SpecialTokens(
        begin.isNumber() ? OptionalInt.of(begin.asInt()) : OptionalInt.empty(),
        Collections.unmodifiableSet(ends));
  }
}
