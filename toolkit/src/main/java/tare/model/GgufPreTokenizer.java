package tare.model;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.stream.Collectors;
import tare.format.Gguf;

/**
 * How a byte-level BPE tokenizer of a GGUF file splits text into words, by the file's field {@code
 * tokenizer.ggml.pre}. Names and defaults are llama.cpp's (llama-vocab.cpp).
 *
 * @param names the values of the field that mean this one
 * @param patterns the splits, one after another
 * @param special whether a word that is a token is taken as it is, whatever the merges would make
 *     of it, and whether a text begins with a token of its own if the file does not say
 */
record GgufPreTokenizer(List<String> names, List<String> patterns, boolean special) {

  private static final String FIELD = "tokenizer.ggml.pre";
  private static final String GPT2 =
      "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";
  private static final String CASELESS = // numbers in runs of {digits}
      "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{digits}"
          + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
  private static final String TEKKEN =
      "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+"
          + "|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*"
          + "|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

  private static final List<GgufPreTokenizer> KNOWN =
      List.of(
          new GgufPreTokenizer(
              List.of("default"), // also of a file without the field
              List.of("[\\p{P}\\$\\+<=>\\^~\\|]+", GPT2, "\\p{N}+", "[0-9][0-9][0-9]"),
              false),
          new GgufPreTokenizer(
              List.of("gpt-2", "phi-2", "mpt", "olmo", "jais", "trillion"), List.of(GPT2), false),
          new GgufPreTokenizer(
              List.of(
                  "smollm",
                  "starcoder",
                  "refact",
                  "command-r",
                  "codeshell",
                  "exaone",
                  "minerva-7b"),
              List.of("\\p{N}", GPT2),
              false),
          new GgufPreTokenizer(
              List.of("llama-bpe", "llama3", "llama-v3", "falcon3", "falcon-h1", "pixtral", "lfm2"),
              List.of(CASELESS.replace("{digits}", "{1,3}")),
              true),
          new GgufPreTokenizer(
              List.of("dbrx", "smaug-bpe"), List.of(CASELESS.replace("{digits}", "{1,3}")), false),
          new GgufPreTokenizer(
              List.of("qwen2", "deepseek-r1-qwen", "stablelm2", "megrez", "hunyuan"),
              List.of(CASELESS.replace("{digits}", "")),
              false),
          new GgufPreTokenizer(List.of("tekken"), List.of(TEKKEN), true));

  /**
   * The kind that a file names.
   *
   * @throws IllegalArgumentException if the file names one that is not known here
   */
  static GgufPreTokenizer of(Gguf gguf) {
    String name = gguf.metadata().containsKey(FIELD) ? gguf.text(FIELD) : "default";
    return KNOWN.stream()
        .filter(kind -> kind.names.contains(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    gguf.file()
                        + ": "
                        + FIELD
                        + " \""
                        + name
                        + "\" is unknown; known are "
                        + KNOWN.stream()
                            .flatMap(kind -> kind.names.stream())
                            .collect(Collectors.joining(", "))
                        + ". Take the model as a folder with tokenizer.json instead"));
  }

  /** Writes the normalizer and the splits of a {@code tokenizer.json}. */
  void write(ObjectNode json) {
    json.putNull("normalizer");
    if (names.contains("qwen2")) {
      // The published tokenizers of Qwen compose letters and their marks first.
      json.putObject("normalizer").put("type", "NFC");
    }
    ArrayNode steps =
        json.putObject("pre_tokenizer").put("type", "Sequence").putArray("pretokenizers");
    for (String pattern : patterns) {
      ObjectNode split =
          steps.addObject().put("type", "Split").put("behavior", "Isolated").put("invert", false);
      split.putObject("pattern").put("Regex", pattern);
    }
    byteLevel(steps.addObject());
  }

  /** Writes the step from bytes to the letters of the vocabulary, and back. */
  static void byteLevel(ObjectNode step) {
    step.put("type", "ByteLevel").put("add_prefix_space", false);
    step.put("trim_offsets", true).put("use_regex", false);
  }
}
