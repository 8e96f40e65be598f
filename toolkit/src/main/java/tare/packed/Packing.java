package tare.packed;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import tare.format.JsonTree;
import tare.format.TensorSource;
import tare.grid.NumberFormat;
import tare.grid.TokenGrid;
import tare.tensor.StorageType;

/**
 * What a checkpoint folder says of its packed weights, in the section {@code quantization_config}
 * of {@code config.json} or in the files of older tools.
 */
public final class Packing {

  private static final Set<Integer> GPTQ_BITS = Set.of(2, 3, 4, 8);
  private static final Set<Integer> PACKED_BITS = Set.of(2, 4, 8);
  private static final int FP4_BITS = 4;
  private static final Set<Integer> FLOAT_BITS = Set.of(FP4_BITS, 8);
  private static final Set<String> FORMATS =
      Set.of(
          "dense",
          "pack-quantized",
          "int-quantized",
          "float-quantized",
          "naive-quantized",
          "mxfp4-pack-quantized",
          "nvfp4-pack-quantized",
          "mixed-precision");

  private final Path file;
  private final JsonNode section;

  private Packing(Path file, JsonNode section) {
    this.file = file;
    this.section = section;
  }

  /** What a folder says; of a dense model, nothing. */
  public static Packing of(Path folder) {
    Path config = folder.resolve("config.json");
    JsonNode json = JsonTree.readIfThere(config);
    for (String field : List.of("quantization_config", "compression_config")) {
      if (json.hasNonNull(field)) {
        if (!json.get(field).isObject()) {
          throw new IllegalArgumentException(
              config + ": field " + field + " must be an object, not " + json.get(field));
        }
        return new Packing(config, json.get(field));
      }
    }
    for (String old : List.of("quantize_config.json", "quant_config.json")) {
      if (Files.isRegularFile(folder.resolve(old))) {
        return new Packing(folder.resolve(old), JsonTree.read(folder.resolve(old)));
      }
    }
    return new Packing(config, MissingNode.getInstance());
  }

  private boolean isPacked() {
    return !section.isEmpty();
  }

  /**
   * The tensors as a dense model has them.
   *
   * @param stored tensors of the folder
   * @throws IllegalArgumentException if the layout is unknown, or no layer has it; the message
   *     names file, field and remedy
   */
  public TensorSource over(TensorSource stored) {
    if (!isPacked()) {
      return stored;
    }
    PackedTensors tensors = new PackedTensors(stored, layouts(), file.toString());
    if (tensors.packed().isEmpty() && !section.path("format").asText().equals("dense")) {
      throw new IllegalArgumentException(
          file
              + ": the weights are said to be packed ("
              + method()
              + "), but no linear layer is. Remove the section, or fetch the checkpoint again.");
    }
    return tensors;
  }

  /**
   * How the inputs of linear layers are rounded when the model runs.
   *
   * @throws IllegalArgumentException if they are rounded in a way that is not supported
   */
  public Optional<TokenGrid> inputs() {
    Set<Optional<TokenGrid>> found = new HashSet<>();
    if (isCompressedTensors()) {
      groups().forEach(group -> found.add(inputs(group.path("input_activations"))));
    }
    if (found.size() > 1) {
      throw broken("config_groups", "the groups round their inputs in different ways");
    }
    return found.stream().findFirst().flatMap(inputs -> inputs);
  }

  private String method() {
    if (section.hasNonNull("quant_method")) {
      return section.get("quant_method").asText().toLowerCase(Locale.ROOT);
    }
    return section.has("w_bit") || section.has("version") ? "awq" : "gptq";
  }

  private boolean isCompressedTensors() {
    return isPacked() && (method().equals("compressed-tensors") || section.has("config_groups"));
  }

  private List<StoredLinear> layouts() {
    if (isCompressedTensors()) {
      return compressedTensors();
    }
    return switch (method()) {
      case "gptq" -> List.of(gptq());
      case "awq" -> List.of(awq());
      default ->
          throw broken(
              "quant_method",
              "weights packed by "
                  + method()
                  + " cannot be read; readable are gptq, awq and compressed-tensors. Take another"
                  + " folder, or the dense model");
    };
  }

  private StoredLinear gptq() {
    String format = section.path("checkpoint_format").asText("gptq");
    if (!format.equals("gptq") && !format.equals("gptq_v2")) {
      throw broken(
          "checkpoint_format", "\"" + format + "\" cannot be read; readable are gptq and gptq_v2");
    }
    boolean isOne = section.path("dynamic").isEmpty(); // else layers have settings of their own
    return new GptqLinear(
        oneOf("bits", section.path("bits"), GPTQ_BITS),
        format.equals("gptq") ? 1 : 2,
        section.path("desc_act").asBoolean(false),
        isOne && section.path("sym").asBoolean(false),
        isOne ? section.path("group_size").asInt(0) : 0);
  }

  private StoredLinear awq() {
    String version = section.path("version").asText("gemm").toLowerCase(Locale.ROOT);
    if (!version.equals("gemm")) {
      throw broken("version", "\"" + version + "\" cannot be read; readable is gemm");
    }
    String field = section.has("bits") ? "bits" : "w_bit";
    oneOf(field, section.path(field), Set.of(4));
    String group = section.has("group_size") ? "group_size" : "q_group_size";
    return new AwqLinear(section.path(group).asInt(0));
  }

  private List<StoredLinear> compressedTensors() {
    if (section.hasNonNull("kv_cache_scheme")) {
      throw broken("kv_cache_scheme", "rounding of keys and values is not supported");
    }
    String sparse = section.path("sparsity_config").path("format").asText("dense");
    if (!sparse.equals("dense")) {
      throw broken(
          "sparsity_config", "the format \"" + sparse + "\" cannot be read; readable is dense");
    }
    JsonNode transform = section.path("transform_config");
    boolean isNone = transform.isMissingNode() || transform.isNull();
    if (!isNone && !(transform.isObject() && transform.isEmpty())) {
      throw broken("transform_config", "rotations that run with the model are not supported");
    }
    requireFormat(section);
    Set<Integer> widths = new TreeSet<>();
    Set<NumberFormat.Kind> halves = new TreeSet<>();
    Set<List<Integer>> blocks = new LinkedHashSet<>();
    Set<Integer> sizes = new TreeSet<>();
    Set<StorageType> types = EnumSet.noneOf(StorageType.class);
    boolean hasZeros = true;
    boolean actOrder = true;
    for (JsonNode group : groups()) {
      requireFormat(group);
      JsonNode weights = group.path("weights");
      if (group.hasNonNull("output_activations")) {
        throw broken("output_activations", "rounding of outputs is not supported");
      }
      if (isFloat(weights)) {
        types.add(StorageType.F8_E4M3);
        if (oneOf("num_bits", weights.path("num_bits"), FLOAT_BITS) == FP4_BITS) {
          halves.add(fourBits(weights));
        }
      } else {
        types.add(StorageType.I8);
        widths.add(oneOf("num_bits", weights.path("num_bits"), PACKED_BITS));
        sizes.add(groupSize(weights));
        hasZeros &= !weights.path("symmetric").asBoolean(true);
        actOrder &= weights.path("actorder").asText("").equals("group");
      }
      JsonNode block = weights.path("block_structure");
      blocks.add(List.of(block.path(0).asInt(0), block.path(1).asInt(0)));
    }
    if (blocks.size() > 1) {
      throw broken("config_groups", "the groups have blocks of different sizes");
    }
    if (halves.size() > 1 || (!halves.isEmpty() && !widths.isEmpty())) {
      throw broken(
          "config_groups",
          "four-bit floating-point numbers together with other packed numbers are not supported");
    }
    List<StoredLinear> layouts = new ArrayList<>();
    halves.forEach(format -> layouts.add(new Fp4Linear(format)));
    if (halves.isEmpty()) {
      layouts.add(new PackQuantizedLinear(widths, sizes, hasZeros, actOrder));
    }
    List<Integer> block = blocks.iterator().next();
    boolean scattered = actOrder && types.equals(EnumSet.of(StorageType.I8));
    layouts.add(new ScaledLinear(block.get(0), block.get(1), scattered, types));
    return layouts;
  }

  /** Which four-bit floating-point numbers the weights are: groups of 16 or of 32 tell. */
  private NumberFormat.Kind fourBits(JsonNode weights) {
    JsonNode group = weights.path("group_size");
    return oneOf(
                "group_size",
                group,
                Set.of(NumberFormat.Kind.NVFP4.group(), NumberFormat.Kind.MXFP4.group()))
            == NumberFormat.Kind.NVFP4.group()
        ? NumberFormat.Kind.NVFP4
        : NumberFormat.Kind.MXFP4;
  }

  /** Whether numbers are floating-point numbers; the other kind is whole numbers. */
  private boolean isFloat(JsonNode numbers) {
    String type = numbers.path("type").asText("int");
    if (!type.equals("int") && !type.equals("float")) {
      throw broken("type", "\"" + type + "\" is not known; known are int and float");
    }
    return type.equals("float");
  }

  /** Inputs that share a scale: −1 for all of an output, 0 if the field does not say. */
  private static int groupSize(JsonNode weights) {
    return weights.path("strategy").asText().equals("channel")
        ? -1
        : weights.path("group_size").asInt(0);
  }

  private List<JsonNode> groups() {
    List<JsonNode> groups = new ArrayList<>();
    section.path("config_groups").forEach(groups::add);
    if (groups.isEmpty()) {
      throw broken("config_groups", "the field is missing or empty");
    }
    return groups;
  }

  private void requireFormat(JsonNode from) {
    String format = from.path("format").asText("");
    if (from.hasNonNull("format") && !FORMATS.contains(format)) {
      throw broken(
          "format", "\"" + format + "\" cannot be read; readable are " + new TreeSet<>(FORMATS));
    }
  }

  private Optional<TokenGrid> inputs(JsonNode activations) {
    if (activations.isMissingNode() || activations.isNull()) {
      return Optional.empty();
    }
    boolean atRunTime =
        activations.path("dynamic").asBoolean(false)
            && activations.path("symmetric").asBoolean(true);
    String strategy = activations.path("strategy").asText();
    int bits = activations.path("num_bits").asInt();
    boolean isFloat = isFloat(activations);
    if (atRunTime
        && isFloat
        && bits == FP4_BITS
        && strategy.equals("group")
        && activations.path("group_size").asInt() == NumberFormat.Kind.MXFP4.group()) {
      return Optional.of(TokenGrid.of(NumberFormat.MXFP4));
    }
    boolean ofToken = atRunTime && strategy.equals("token");
    if (!ofToken || (isFloat ? bits != 8 : bits < 2 || bits > 8)) {
      throw broken(
          "input_activations",
          "only inputs that are rounded token by token (or to MXFP4), without stored scales, can be"
              + " computed");
    }
    return Optional.of(isFloat ? TokenGrid.FP8 : new TokenGrid(bits));
  }

  private int oneOf(String field, JsonNode value, Set<Integer> known) {
    if (!value.isInt() || !known.contains(value.asInt())) {
      String found = value.isMissingNode() ? "is missing" : "is " + value;
      throw broken(field, found + "; supported are " + new TreeSet<>(known));
    }
    return value.asInt();
  }

  private IllegalArgumentException broken(String field, String what) {
    return new IllegalArgumentException(file + ": field " + field + ": " + what);
  }
}
