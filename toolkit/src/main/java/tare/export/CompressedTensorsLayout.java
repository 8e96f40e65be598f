package tare.export;

import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import tare.format.TensorBytes;
import tare.format.WordMatrix;
import tare.grid.Storage;

/**
 * The layout {@code pack-quantized} of the library compressed-tensors, which transformers and vLLM
 * read. {@code weight_packed} is packed along the inputs, {@code [out, in·bits/32]}; {@code
 * weight_scale} is {@code [out, groups]}; {@code weight_shape} holds the shape. Asymmetric grids
 * add {@code weight_zero_point}, packed along the outputs, {@code [out·bits/32, groups]}. Codes are
 * unsigned, as in {@link tare.grid.Storage}. The library once had an index of groups for act-order.
 * Its readers refuse that index now, so it is not written.
 */
public record CompressedTensorsLayout() implements PackedLayout {

  private static final Set<Integer> BITS = Set.of(2, 4, 8);

  @Override
  public String label() {
    return "compressed-tensors";
  }

  @Override
  public void require(String linear, int rows, int columns, Settings settings) {
    settings.requireWholeNumbers("pack-quantized");
    if (!BITS.contains(settings.bits())) {
      throw new IllegalArgumentException(
          "compressed-tensors holds 2, 4 or 8 bits, not "
              + settings.bits()
              + ": its versions pack other widths differently, and vLLM does not read those");
    }
    if (!settings.natural()) {
      throw new IllegalArgumentException(
          "compressed-tensors no longer holds groups that follow act-order: use --grids static,"
              + " --no-act-order, or --format gptq-v2, which GPTQModel reads and vLLM does not");
    }
    PackedLayout.requireWholeGroups(linear, columns, settings);
  }

  @Override
  public Map<String, TensorBytes> tensors(String module, Storage.Coded coded) {
    Storage.Grid grid = (Storage.Grid) coded;
    Map<String, TensorBytes> tensors = new LinkedHashMap<>();
    tensors.put(
        module + ".weight_packed",
        TensorBytes.int32(WordMatrix.of(grid.codes(), grid.rows(), grid.columns(), grid.bits())));
    tensors.put(
        module + ".weight_scale",
        TensorBytes.float16(new Shape(grid.rows(), grid.groups()), grid::scales));
    tensors.put(module + ".weight_shape", TensorBytes.int64(grid.rows(), grid.columns()));
    if (!grid.symmetric()) {
      byte[] zeros = PackedLayout.zerosByGroup(grid, 0);
      WordMatrix packed = WordMatrix.of(zeros, grid.groups(), grid.rows(), grid.bits());
      tensors.put(module + ".weight_zero_point", TensorBytes.int32(packed.transposed()));
    }
    return tensors;
  }

  @Override
  public ObjectNode config(Settings settings) {
    boolean perChannel = settings.groupSize() == PER_CHANNEL;
    ObjectNode weights =
        JsonNodeFactory.instance
            .objectNode()
            .put("num_bits", settings.bits())
            .put("type", "int")
            .put("symmetric", settings.symmetric())
            .put("strategy", perChannel ? "channel" : "group")
            .put("dynamic", false);
    if (!perChannel) {
      weights.put("group_size", settings.groupSize());
    }
    return config("pack-quantized", weights, null);
  }

  /**
   * The section that all layouts of the library share.
   *
   * @param inputs how the inputs of linear layers are rounded; null if they are not rounded
   */
  static ObjectNode config(String format, ObjectNode weights, ObjectNode inputs) {
    ObjectNode config =
        JsonNodeFactory.instance
            .objectNode()
            .put("quant_method", "compressed-tensors")
            .put("format", format)
            .put("quantization_status", "compressed");
    config
        .putArray("ignore")
        .add("lm_head")
        .add("re:.*project_(in|out)$"); // OPT has project_in and project_out
    config.putNull("kv_cache_scheme");
    ObjectNode all = config.putObject("config_groups").putObject("group_0");
    all.putArray("targets").add("Linear");
    all.set("weights", weights);
    all.set("input_activations", inputs);
    all.putNull("output_activations");
    return config;
  }
}
