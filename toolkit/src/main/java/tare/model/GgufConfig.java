package tare.model;

import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tare.format.Gguf;

/** Reads sizes and constants from the metadata of a GGUF file. */
record GgufConfig(Gguf gguf) {

  private static final Map<String, Architecture> ARCHITECTURES =
      Map.of(
          "llama", Architecture.llama("llama", false, EnumSet.noneOf(ModelPart.class)),
          "qwen2",
              Architecture.llama("qwen2", false, EnumSet.of(ModelPart.Q, ModelPart.K, ModelPart.V)),
          "qwen3", Architecture.llama("qwen3", true, EnumSet.noneOf(ModelPart.class)));

  // The scaling of Llama 3.1 and its successors. Converters write only the factors that follow
  // from it.
  private static final double LOW_FACTOR = 1;
  private static final double HIGH_FACTOR = 4;
  private static final double ORIGINAL_CONTEXT = 8192;

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
    int headWidth = number(family + ".attention.key_length", Math.max(1, width / heads));
    int rotated = number(family + ".rope.dimension_count", headWidth);
    if (rotated != headWidth) {
      throw broken(
          family + ".rope.dimension_count",
          "the value is "
              + rotated
              + "; rotating only a part of a head of "
              + headWidth
              + " is not supported");
    }
    long vocabulary = gguf.tensors().shape("token_embd.weight").get(0);
    if (gguf.metadata().get("tokenizer.ggml.tokens") instanceof List<?> tokens
        && tokens.size() > vocabulary) {
      throw broken(
          "tokenizer.ggml.tokens",
          "the list has "
              + tokens.size()
              + " tokens, but token_embd.weight has only "
              + vocabulary
              + " rows");
    }
    return new ModelConfig(
            architecture,
            (int) Math.min(Integer.MAX_VALUE, vocabulary),
            width,
            width,
            number(family + ".block_count"),
            heads,
            number(family + ".attention.head_count_kv", heads),
            headWidth,
            number(family + ".feed_forward_length"),
            number(family + ".context_length"),
            Optional.empty(),
            Optional.of(rope(family, headWidth)),
            gguf.fraction(family + ".attention.layer_norm_rms_epsilon"),
            !gguf.tensors().names().contains("output.weight"))
        .checked(gguf.file());
  }

  private Rotary rope(String family, int headWidth) {
    String key = family + ".rope.freq_base";
    double base = gguf.metadata().containsKey(key) ? gguf.fraction(key) : 10000;
    double factor = linearFactor(family + ".rope.");
    boolean stretched = factor != 0 && factor != 1;
    boolean hasFactors = gguf.tensors().names().contains(GgufTensors.ROTARY_FACTORS);
    if (stretched && hasFactors) {
      throw broken(
          GgufTensors.ROTARY_FACTORS, "stands beside a linear scaling, which is not supported");
    }
    Rotary plain = new Rotary(base, Optional.empty());
    return hasFactors
        ? scaled(plain, headWidth)
        : stretched ? new Rotary(base, Optional.of(new Rotary.Linear(factor))) : plain;
  }

  /** The factor of linear scaling; 0 or 1 for none. A file without a type is linear. */
  private double linearFactor(String rope) {
    String key = rope + "scaling.type";
    String type = gguf.metadata().containsKey(key) ? gguf.text(key) : "linear";
    if (type.equals("none")) {
      return 1;
    }
    if (!type.equals("linear")) {
      throw broken(key, "rotary scaling \"" + type + "\" is not supported");
    }
    for (String name : List.of("scaling.factor", "scale_linear")) { // the second is the older one
      if (gguf.metadata().containsKey(rope + name)) {
        double factor = gguf.fraction(rope + name);
        if (!(factor >= 0 && factor < Double.POSITIVE_INFINITY)) {
          throw broken(rope + name, "is " + factor + ", but must be a finite number from 0 on");
        }
        return factor;
      }
    }
    return 1;
  }

  /** The scaling for the factors in the file, one for each pair of a head. */
  private Rotary scaled(Rotary plain, int headWidth) {
    float[] factors = gguf.tensors().values(GgufTensors.ROTARY_FACTORS);
    double most = 1;
    for (float factor : factors) {
      most = Math.max(most, factor);
    }
    Rotary scaled =
        new Rotary(
            plain.base(),
            Optional.of(
                new Rotary.Llama3(
                    Math.rint(most * 1000) / 1000, LOW_FACTOR, HIGH_FACTOR, ORIGINAL_CONTEXT)));
    double[] from = plain.frequencies(headWidth, 1);
    double[] to = scaled.frequencies(headWidth, 1);
    boolean same = factors.length == from.length;
    for (int i = 0; same && i < from.length; i++) {
      same = Math.abs(from[i] / to[i] / factors[i] - 1) < 1e-4;
    }
    if (!same) {
      throw broken(
          GgufTensors.ROTARY_FACTORS,
          "the factors are not those of Llama 3.1's rotary scaling, the only supported one");
    }
    return scaled;
  }

  private int number(String key, int usual) {
    return gguf.metadata().containsKey(key) ? number(key) : usual;
  }

  private int number(String key) {
    long value = gguf.number(key);
    if (value < 1 || value > Integer.MAX_VALUE) {
      throw broken(key, "the value " + value + " is not a positive whole number");
    }
    return (int) value;
  }

  private IllegalArgumentException broken(String field, String what) {
    return new IllegalArgumentException(gguf.file() + ": field " + field + ": " + what);
  }
}
