package tare.model;

import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import tare.format.Gguf;

/** Reads sizes and constants from the metadata of a GGUF file. */
record GgufConfig(Gguf gguf) {

  private static final Map<String, Architecture> ARCHITECTURES =
      Map.of(
          "llama", Architecture.llama("llama", false, EnumSet.noneOf(Part.class)),
          "qwen2", Architecture.llama("qwen2", false, EnumSet.of(Part.Q, Part.K, Part.V)));

  ModelConfig config() {
    String family = gguf.text("general.architecture");
    Architecture architecture = ARCHITECTURES.get(family);
    if (architecture == null) {
      throw broken(
          "general.architecture",
          "architecture \""
              + family
              + "\" is not supported; supported: "
              + String.join(", ", ARCHITECTURES.keySet().stream().sorted().toList()));
    }
    int heads = number(family + ".attention.head_count");
    int width = number(family + ".embedding_length");
    return new ModelConfig(
        architecture,
        Math.toIntExact(gguf.tensors().shape("token_embd.weight").get(0)),
        width,
        width,
        number(family + ".block_count"),
        heads,
        number(family + ".attention.head_count_kv"),
        Math.max(1, width / heads),
        number(family + ".feed_forward_length"),
        number(family + ".context_length"),
        Integer.MAX_VALUE,
        Optional.of(rope(family)),
        gguf.fraction(family + ".attention.layer_norm_rms_epsilon"),
        !gguf.tensors().names().contains("output.weight"));
  }

  private Rotary rope(String family) {
    String base = family + ".rope.freq_base";
    if (gguf.tensors().names().contains("rope_freqs.weight")) {
      throw new IllegalArgumentException(
          gguf.file()
              + ": tensor rope_freqs.weight: scaled rotary positions are not supported in a GGUF"
              + " file; use the model's safetensors folder");
    }
    return new Rotary(
        gguf.metadata().containsKey(base) ? gguf.fraction(base) : 10000, Optional.empty());
  }

  private int number(String key) {
    long value = gguf.number(key);
    if (value < 1 || value > Integer.MAX_VALUE) {
      throw broken(key, "it is " + value + ", not a positive whole number");
    }
    return (int) value;
  }

  private IllegalArgumentException broken(String field, String what) {
    return new IllegalArgumentException(gguf.file() + ": field " + field + ": " + what);
  }
}
