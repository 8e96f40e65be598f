package tare.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntPredicate;
import java.util.function.Supplier;
import tare.format.JsonTree;

/** Reads a {@code config.json}. A missing field takes the default of the model's family. */
final class ConfigFile {

  private static final String PARTIAL = "partial_rotary_factor";
  private static final String ORIGINAL = "original_max_position_embeddings";
  private static final String WINDOWED = "sliding_attention";
  private static final Set<ModelPart> QKV = EnumSet.of(ModelPart.Q, ModelPart.K, ModelPart.V);
  private static final Set<ModelPart> MLP =
      EnumSet.of(ModelPart.GATE, ModelPart.UP, ModelPart.DOWN);

  private final Map<String, Supplier<ModelConfig>> families =
      Map.of(
          "llama", this::llama,
          "mistral", this::mistral,
          "qwen2", this::qwen2,
          "qwen3", this::qwen3,
          "gemma3_text", this::gemma3,
          "opt", this::opt);
  private final Path file;
  private final JsonNode json;

  ConfigFile(Path file) {
    this.file = file;
    json = JsonTree.read(file);
  }

  ModelConfig config() {
    String family = json.path("model_type").asText("(none)");
    Supplier<ModelConfig> read = families.get(family);
    if (read == null) {
      throw broken(
          "model_type",
          "architecture \""
              + family
              + "\" is not supported; supported: "
              + String.join(", ", families.keySet().stream().sorted().toList()));
    }
    return read.get().checked(file);
  }

  private ModelConfig llama() {
    Set<ModelPart> biased = attentionBiases();
    if (flag("mlp_bias", false)) {
      biased.addAll(MLP);
    }
    return rotary(Architecture.llama("llama", false, biased), Optional.empty());
  }

  private ModelConfig mistral() {
    Architecture architecture =
        Architecture.llama("mistral", false, EnumSet.noneOf(ModelPart.class));
    return rotary(architecture, window(4096, block -> true, Optional.empty()));
  }

  private ModelConfig qwen2() {
    return rotary(Architecture.llama("qwen2", false, QKV), qwenWindow());
  }

  private ModelConfig qwen3() {
    return rotary(Architecture.llama("qwen3", true, attentionBiases()), qwenWindow());
  }

  private ModelConfig gemma3() {
    requireText("hidden_activation", "gelu_pytorch_tanh");
    for (String field : List.of("attn_logit_softcapping", "final_logit_softcapping")) {
      if (json.hasNonNull(field)) {
        throw broken(field, "the value " + json.get(field) + " is not supported; supported: null");
      }
    }
    if (flag("use_bidirectional_attention", false)) {
      throw broken("use_bidirectional_attention", "true is not supported");
    }
    int head = headWidth(number("hidden_size"));
    if (number("query_pre_attn_scalar", 256) != head) {
      throw broken("query_pre_attn_scalar", "only the width of a head, " + head + ", is supported");
    }
    int pattern = number("sliding_window_pattern", 6);
    double base = fraction(json, "rope_local_base_freq", 10000);
    JsonNode local = json.path("rope_parameters").path("sliding_attention");
    Rotary rotary = new Rotary(fraction(local, "rope_theta", base), scaling(local));
    return rotary(
        Architecture.gemma3(attentionBiases()),
        window(4096, block -> (block + 1) % pattern != 0, Optional.of(rotary)));
  }

  private boolean isGemma() {
    return json.path("model_type").asText().equals("gemma3_text");
  }

  private Set<ModelPart> attentionBiases() {
    Set<ModelPart> biased = EnumSet.noneOf(ModelPart.class);
    if (flag("attention_bias", false)) {
      biased.addAll(QKV);
      biased.add(ModelPart.O);
    }
    return biased;
  }

  /** The window, which usually only applies to blocks from max_window_layers on. */
  private Optional<ModelConfig.Window> qwenWindow() {
    int first = number("max_window_layers", 28);
    return flag("use_sliding_window", false)
        ? window(4096, block -> block >= first, Optional.empty())
        : Optional.empty();
  }

  /**
   * The window of attention.
   *
   * @param usual its number of tokens, if the file does not say
   * @param applies the blocks to which it applies, if the file has no list of them
   */
  private Optional<ModelConfig.Window> window(
      int usual, IntPredicate applies, Optional<Rotary> rotary) {
    JsonNode types = json.path("layer_types");
    int blocks = number("num_hidden_layers");
    if (!types.isMissingNode() && !types.isNull() && types.size() != blocks) {
      throw broken("layer_types", "the field is not a list of " + blocks + " kinds of attention");
    }
    Set<Integer> inWindow = new TreeSet<>();
    for (int block = 0; block < blocks; block++) {
      String type = types.path(block).asText(applies.test(block) ? WINDOWED : "full_attention");
      if (!type.equals(WINDOWED) && !type.equals("full_attention")) {
        throw broken("layer_types", "\"" + type + "\" is not supported");
      }
      if (type.equals(WINDOWED)) {
        inWindow.add(block);
      }
    }
    return inWindow.isEmpty() || json.path("sliding_window").isNull()
        ? Optional.empty()
        : Optional.of(new ModelConfig.Window(number("sliding_window", usual), inWindow, rotary));
  }

  private ModelConfig rotary(Architecture architecture, Optional<ModelConfig.Window> window) {
    if (!isGemma()) {
      requireText("hidden_act", "silu");
    }
    int heads = number("num_attention_heads");
    int width = number("hidden_size");
    Rotary rope = rope();
    return new ModelConfig(
        architecture,
        number("vocab_size"),
        width,
        width,
        number("num_hidden_layers"),
        heads,
        number("num_key_value_heads", heads),
        headWidth(width),
        number("intermediate_size"),
        context(rope),
        window,
        Optional.of(rope),
        fraction(json, "rms_norm_eps", 1e-6),
        flag("tie_word_embeddings", isGemma()));
  }

  private int headWidth(int width) {
    boolean wide = json.path("model_type").asText().equals("qwen3");
    int usual = isGemma() ? 256 : wide ? 128 : Math.max(1, width / number("num_attention_heads"));
    return number("head_dim", usual);
  }

  /** A dynamic scaling begins where the written context ends. */
  private int context(Rotary rope) {
    int context = number("max_position_embeddings");
    return rope.scaling().filter(Rotary.Dynamic.class::isInstance).isPresent()
        ? (int) Math.min(Integer.MAX_VALUE, context * rope.scaling().get().factor())
        : context;
  }

  /**
   * The rotary positions. As in {@code transformers}, the older {@code rope_scaling} wins over
   * {@code rope_parameters} if both are there.
   */
  private Rotary rope() {
    JsonNode scaling = json.path("rope_scaling");
    JsonNode written = json.path("rope_parameters");
    JsonNode rope = scaling.isEmpty() ? written.path("full_attention") : scaling;
    if (rope.isMissingNode()) {
      rope = written;
    }
    double usual = isGemma() ? 1_000_000 : 10_000;
    double base = fraction(rope, "rope_theta", fraction(json, "rope_theta", usual));
    return new Rotary(base, scaling(rope));
  }

  private Optional<Rotary.Scaling> scaling(JsonNode rope) {
    String type = rope.path("rope_type").asText(rope.path("type").asText("default"));
    if (type.equals("default")) {
      return Optional.empty();
    }
    if (fraction(rope, PARTIAL, fraction(json, PARTIAL, 1)) != 1) {
      throw broken(PARTIAL, "rotating only a part of each head is not supported");
    }
    return Optional.of(
        switch (type) {
          case "linear" -> new Rotary.Linear(required(rope, "factor"));
          case "dynamic" ->
              new Rotary.Dynamic(required(rope, "factor"), number("max_position_embeddings"));
          case "llama3" ->
              new Rotary.Llama3(
                  required(rope, "factor"),
                  required(rope, "low_freq_factor"),
                  required(rope, "high_freq_factor"),
                  originalContext(rope));
          case "yarn" -> yarn(rope);
          case "longrope" -> longRope(rope);
          default ->
              throw broken(
                  "rope_scaling",
                  "rotary scaling \""
                      + type
                      + "\" is not supported; supported: default, linear, dynamic, yarn, longrope,"
                      + " llama3");
        });
  }

  private Rotary.Yarn yarn(JsonNode rope) {
    double original = originalContext(rope);
    double factor = fraction(rope, "factor", number("max_position_embeddings") / original);
    boolean weighted = rope.hasNonNull("mscale") && rope.hasNonNull("mscale_all_dim");
    double recommended =
        weighted
            ? Rotary.Yarn.recommended(factor, fraction(rope, "mscale", 1))
                / Rotary.Yarn.recommended(factor, fraction(rope, "mscale_all_dim", 1))
            : Rotary.Yarn.recommended(factor, 1);
    return new Rotary.Yarn(
        factor,
        original,
        fraction(rope, "beta_fast", 32),
        fraction(rope, "beta_slow", 1),
        flag(rope, "truncate", true),
        fraction(rope, "attention_factor", recommended));
  }

  private Rotary.LongRope longRope(JsonNode rope) {
    double original = originalContext(rope);
    double factor = fraction(rope, "factor", number("max_position_embeddings") / original);
    return new Rotary.LongRope(
        factor,
        original,
        factors(rope, "short_factor"),
        factors(rope, "long_factor"),
        fraction(rope, "attention_factor", Rotary.LongRope.recommended(factor, original)));
  }

  /** A field of the whole file wins over that of the scaling, as in {@code transformers}. */
  private double originalContext(JsonNode rope) {
    JsonNode from = json.hasNonNull(ORIGINAL) ? json : rope;
    return fraction(from, ORIGINAL, number("max_position_embeddings"));
  }

  private List<Double> factors(JsonNode rope, String field) {
    int width = number("hidden_size");
    int pairs = headWidth(width) / 2;
    JsonNode values = rope.path(field);
    List<Double> factors = new ArrayList<>();
    values.forEach(value -> factors.add(value.asDouble(Double.NaN)));
    if (!values.isArray() || factors.size() != pairs || !factors.stream().allMatch(f -> f > 0)) {
      throw broken(field, "the field is not a list of " + pairs + " positive numbers");
    }
    return List.copyOf(factors);
  }

  private ModelConfig opt() {
    requireText("activation_function", "relu");
    if (!flag("layer_norm_elementwise_affine", true)) {
      throw broken("layer_norm_elementwise_affine", "false is not supported");
    }
    boolean normBefore = flag("do_layer_norm_before", true);
    boolean lastNorm = normBefore && !flag("_remove_final_layer_norm", false);
    int heads = number("num_attention_heads");
    int width = number("hidden_size");
    return new ModelConfig(
        Architecture.opt(normBefore, lastNorm, flag("enable_bias", true)),
        number("vocab_size"),
        width,
        number("word_embed_proj_dim", width),
        number("num_hidden_layers"),
        heads,
        heads,
        Math.max(1, width / heads),
        number("ffn_dim"),
        number("max_position_embeddings"),
        Optional.empty(),
        Optional.empty(),
        1e-5,
        flag("tie_word_embeddings", true));
  }

  private void requireText(String field, String only) {
    String found = json.path(field).asText(only);
    if (!found.equals(only)) {
      throw broken(field, "\"" + found + "\" is not supported; supported: " + only);
    }
  }

  private boolean flag(String field, boolean usual) {
    return flag(json, field, usual);
  }

  private boolean flag(JsonNode from, String field, boolean usual) {
    JsonNode value = from.path(field);
    if (value.isMissingNode() || value.isNull()) {
      return usual;
    }
    if (!value.isBoolean()) {
      throw broken(field, "the value " + value + " is neither true nor false");
    }
    return value.asBoolean();
  }

  private int number(String field, int usual) {
    JsonNode value = json.path(field);
    return value.isMissingNode() || value.isNull() ? usual : number(field);
  }

  private int number(String field) {
    JsonNode value = json.path(field);
    if (!value.isIntegralNumber() || !value.canConvertToInt() || value.asInt() < 1) {
      throw broken(field, "the field is missing or is not a positive whole number");
    }
    return value.asInt();
  }

  private double required(JsonNode from, String field) {
    return fraction(from, field, Double.NaN);
  }

  /** Reads a positive fraction. A default of NaN means that there is none. */
  private double fraction(JsonNode from, String field, double usual) {
    JsonNode value = from.path(field);
    double number = value.isMissingNode() || value.isNull() ? usual : value.asDouble(Double.NaN);
    if (!(number > 0) || Double.isInfinite(number)) {
      throw broken(field, "the field is missing or is not a positive number");
    }
    return number;
  }

  private IllegalArgumentException broken(String field, String what) {
    return new IllegalArgumentException(file + ": field " + field + ": " + what);
  }
}
