package tare.model;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import tare.format.Gguf;

/**
 * Builds the {@code tokenizer.json} of a GGUF file: byte-level BPE from the file's tokens, merges
 * and kind of pre-tokenizer.
 */
public final class GgufTokenizer {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final long CONTROL = 3;
  private static final long USER_DEFINED = 4;
  // Splits words, numbers in runs of at most {digits}, punctuation and white space, as Llama 3
  // and Qwen 2 do.
  private static final String SPLIT =
      "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{digits}"
          + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

  private GgufTokenizer() {}

  /**
   * Builds the content of a {@code tokenizer.json}.
   *
   * @throws IllegalArgumentException if the file has no byte-level BPE tokenizer, or its
   *     pre-tokenizer is unknown
   */
  public static String json(Gguf gguf) {
    if (!gguf.text("tokenizer.ggml.model").equals("gpt2")) {
      throw new IllegalArgumentException(
          gguf.file()
              + ": tokenizer.ggml.model is \""
              + gguf.text("tokenizer.ggml.model")
              + "\"; only byte-level BPE (\"gpt2\") can be rebuilt from a GGUF file");
    }
    ObjectNode json = JSON.createObjectNode();
    json.put("version", "1.0").putNull("truncation").putNull("padding");
    preTokenizer(gguf, json);
    postProcessor(gguf, json);
    json.set("decoder", byteLevel(true));
    ObjectNode model = json.putObject("model");
    model.put("type", "BPE").putNull("dropout").putNull("unk_token");
    model.putNull("continuing_subword_prefix").putNull("end_of_word_suffix");
    model.put("fuse_unk", false).put("byte_fallback", false).put("ignore_merges", false);
    ObjectNode vocabulary = model.putObject("vocab");
    ArrayNode added = json.putArray("added_tokens");
    List<String> tokens = gguf.list("tokenizer.ggml.tokens", String.class);
    List<Long> types = gguf.list("tokenizer.ggml.token_type", Long.class);
    if (types.size() != tokens.size()) {
      throw new IllegalArgumentException(
          gguf.file()
              + ": metadata field tokenizer.ggml.token_type has "
              + types.size()
              + " entries for "
              + tokens.size()
              + " tokens");
    }
    for (int id = 0; id < tokens.size(); id++) {
      String token = tokens.get(id);
      long type = types.get(id);
      vocabulary.put(token, id);
      if (type == CONTROL || type == USER_DEFINED) {
        added
            .addObject()
            .put("id", id)
            .put("content", token)
            .put("special", type == CONTROL)
            .put("single_word", false)
            .put("lstrip", false)
            .put("rstrip", false)
            .put("normalized", false);
      }
    }
    ArrayNode merges = model.putArray("merges");
    gguf.list("tokenizer.ggml.merges", String.class).forEach(merges::add);
    return json.toString();
  }

  /** Adds the token that begins a text, if the file asks for it. */
  private static void postProcessor(Gguf gguf, ObjectNode json) {
    if (!Boolean.TRUE.equals(gguf.metadata().get("tokenizer.ggml.add_bos_token"))) {
      json.putNull("post_processor");
      return;
    }
    int id = (int) gguf.number("tokenizer.ggml.bos_token_id");
    String token = gguf.list("tokenizer.ggml.tokens", String.class).get(id);
    ObjectNode template = json.putObject("post_processor").put("type", "TemplateProcessing");
    ArrayNode single = template.putArray("single");
    single.addObject().putObject("SpecialToken").put("id", token).put("type_id", 0);
    single.addObject().putObject("Sequence").put("id", "A").put("type_id", 0);
    template.putArray("pair").addAll(single.deepCopy());
    template.withArray("pair").addObject().putObject("Sequence").put("id", "B").put("type_id", 1);
    ObjectNode special = template.putObject("special_tokens").putObject(token).put("id", token);
    special.putArray("ids").add(id);
    special.putArray("tokens").add(token);
  }

  private static void preTokenizer(Gguf gguf, ObjectNode json) {
    String kind = gguf.metadata().get("tokenizer.ggml.pre") instanceof String pre ? pre : "default";
    json.putNull("normalizer");
    ArrayNode steps =
        json.putObject("pre_tokenizer").put("type", "Sequence").putArray("pretokenizers");
    switch (kind) {
      case "smollm" -> steps.addObject().put("type", "Digits").put("individual_digits", true);
      case "default", "gpt-2" -> {}
      case "llama-bpe" -> split(steps, "{1,3}");
      case "qwen2" -> {
        json.putObject("normalizer").put("type", "NFC");
        split(steps, "");
      }
      default ->
          throw new IllegalArgumentException(
              gguf.file()
                  + ": tokenizer.ggml.pre \""
                  + kind
                  + "\" is unknown; known are smollm, gpt-2, llama-bpe, qwen2");
    }
    steps.add(byteLevel(kind.equals("smollm") || kind.equals("default") || kind.equals("gpt-2")));
  }

  private static void split(ArrayNode steps, String digits) {
    ObjectNode split =
        steps.addObject().put("type", "Split").put("behavior", "Isolated").put("invert", false);
    split.putObject("pattern").put("Regex", SPLIT.replace("{digits}", digits));
  }

  private static ObjectNode byteLevel(boolean splitsWords) {
    return JSON.createObjectNode()
        .put("type", "ByteLevel")
        .put("add_prefix_space", false)
        .put("trim_offsets", true)
        .put("use_regex", splitsWords);
  }
}
