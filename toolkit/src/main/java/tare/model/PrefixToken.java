package tare.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import tare.format.Gguf;
import tare.format.JsonTree;

/**
 * The token that stands before a text that has nothing before it: the one that begins a text, or if
 * the tokenizer names none, the one that ends it (as lm-evaluation-harness has it).
 */
public final class PrefixToken {

  private PrefixToken() {}

  /**
   * Looks it up: in a GGUF file's metadata; in a folder's tokenizer_config.json, where tokens are
   * named by their text, else in its config.json.
   *
   * @throws IllegalArgumentException if no such token is named
   */
  public static int of(Checkpoint checkpoint) {
    Path path = checkpoint.path();
    if (!Files.isDirectory(path)) {
      Gguf gguf = Gguf.open(path);
      for (String key :
          new String[] {"tokenizer.ggml.bos_token_id", "tokenizer.ggml.eos_token_id"}) {
        if (gguf.metadata().containsKey(key)) {
          return (int) gguf.number(key);
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
}
