package tare.model;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import tare.format.Gguf;

/**
 * How a byte-level BPE tokenizer of a GGUF file splits text into words, by the file's field {@code
 * tokenizer.ggml.pre}. Names and defaults are llama.cpp's (llama-vocab.cpp).
 */
enum GgufPreTokenizer {
  /** Also of a file without the field. */
  DEFAULT(
      List.of("default"),
      List.of("[\\p{P}\\$\\+<=>\\^~\\|]+", Words.GPT2, "\\p{N}+", "[0-9][0-9][0-9]")),
  GPT2(List.of("gpt-2", "phi-2", "mpt", "olmo", "jais", "trillion"), List.of(Words.GPT2)),
  SINGLE_DIGITS(
      List.of("smollm", "starcoder", "refact", "command-r", "codeshell", "exaone", "minerva-7b"),
      List.of("\\p{N}", Words.GPT2)),
  LLAMA3(
      List.of("llama-bpe", "llama3", "llama-v3", "falcon3", "falcon-h1", "pixtral", "lfm2"),
      List.of(Words.CASELESS.replace("{digits}", "{1,3}"))) {
    @Override
    boolean wholeWordsFirst() {
      return true;
    }

    @Override
    boolean begins() {
      return true;
    }
  },
  LLAMA3_PLAIN(List.of("dbrx", "smaug-bpe"), List.of(Words.CASELESS.replace("{digits}", "{1,3}"))),
  QWEN2(
      List.of("qwen2", "deepseek-r1-qwen", "stablelm2", "megrez", "hunyuan"),
      List.of(Words.CASELESS.replace("{digits}", ""))),
  TEKKEN(
      List.of("tekken"),
      List.of(
          "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+"
              + "|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*"
              + "|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+")) {
    @Override
    boolean wholeWordsFirst() {
      return true;
    }

    @Override
    boolean begins() {
      return true;
    }
  };

  private static final String FIELD = "tokenizer.ggml.pre";

  private final List<String> names;
  private final List<String> patterns;

  GgufPreTokenizer(List<String> names, List<String> patterns) {
    this.names = names;
    this.patterns = patterns;
  }

  /**
   * The kind that a file names.
   *
   * @throws IllegalArgumentException if the file names one that is not known here
   */
  static GgufPreTokenizer of(Gguf gguf) {
    if (!gguf.metadata().containsKey(FIELD)) {
      return DEFAULT;
    }
    String name = gguf.text(FIELD);
    Optional<GgufPreTokenizer> known =
        Arrays.stream(values()).filter(kind -> kind.names.contains(name)).findFirst();
    return known.orElseThrow(
        () ->
            new IllegalArgumentException(
                gguf.file()
                    + ": "
                    + FIELD
                    + " \""
                    + name
                    + "\" is unknown; known are "
                    + Arrays.stream(values())
                        .flatMap(kind -> kind.names.stream())
                        .collect(Collectors.joining(", "))
                    + ". Take the model as a folder with tokenizer.json instead"));
  }

  /** Whether a word that is a token is taken as it is, whatever the merges would make of it. */
  boolean wholeWordsFirst() {
    return false;
  }

  /** Whether a text begins with a token of its own, if the file does not say. */
  boolean begins() {
    return false;
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

  /** Patterns of words. */
  private static final class Words {
    static final String GPT2 =
        "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";
    static final String CASELESS = // numbers in runs of {digits}
        "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{digits}"
            + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

    private Words() {}
  }
}
