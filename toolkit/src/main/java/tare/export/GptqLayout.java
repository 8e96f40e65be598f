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
 * The layout of GPTQ checkpoints, which transformers, GPTQModel and vLLM read. {@code qweight}
 * holds codes of 2, 3, 4 or 8 bits as a stream along the inputs, {@code [in·bits/32, out]}; {@code
 * qzeros} are packed along the outputs, {@code [groups, out·bits/32]}; {@code scales} are {@code
 * [groups, out]}; {@code g_idx} is the group of each input. vLLM no longer reads groups that follow
 * act-order.
 *
 * <p>Version 1 stores each zero point minus one. Readers differ on 0 − 1, so version 1 is only
 * written for symmetric grids.
 *
 * @param version 1 ({@code gptq}) or 2 ({@code gptq_v2}, which stores zero points unchanged)
 */
public record GptqLayout(int version) implements PackedLayout {

  private static final Set<Integer> BITS = Set.of(2, 3, 4, 8);

  /** Checks the version. */
  public GptqLayout {
    if (version != 1 && version != 2) {
      throw new IllegalArgumentException(
          "The GPTQ layout has the versions 1 and 2, not " + version);
    }
  }

  @Override
  public String label() {
    return version == 1 ? "gptq" : "gptq-v2";
  }

  @Override
  public void require(String linear, int rows, int columns, Settings settings) {
    settings.requireWholeNumbers("GPTQ");
    if (!BITS.contains(settings.bits())) {
      throw new IllegalArgumentException(
          "the GPTQ layout holds 2, 3, 4 or 8 bits, not " + settings.bits());
    }
    if (version == 1 && !settings.symmetric()) {
      throw new IllegalArgumentException(
          "version 1 of the GPTQ layout stores zero points minus one, and readers disagree on a"
              + " zero point of 0: use --symmetric, or --format gptq-v2, awq or"
              + " compressed-tensors");
    }
    PackedLayout.requireWholeGroups(linear, columns, settings);
    int multiple = settings.bits() == 3 ? 32 : 32 / settings.bits();
    if (columns % multiple != 0 || rows % multiple != 0) {
      throw new IllegalArgumentException(
          linear
              + " is "
              + rows
              + " x "
              + columns
              + "; the GPTQ layout needs multiples of "
              + multiple
              + " at "
              + settings.bits()
              + " bits. Use --format compressed-tensors or dense");
    }
  }

  @Override
  public Map<String, TensorBytes> tensors(String module, Storage.Coded coded) {
    Storage.Grid grid = (Storage.Grid) coded;
    int rows = grid.rows();
    int groups = grid.groups();
    WordMatrix codes = WordMatrix.of(grid.codes(), rows, grid.columns(), grid.bits()).transposed();
    byte[] zeros = PackedLayout.zerosByGroup(grid, version == 1 ? -1 : 0);
    float[] scales = PackedLayout.byGroup(grid.scales(), rows, groups);
    Map<String, TensorBytes> tensors = new LinkedHashMap<>();
    tensors.put(module + ".qweight", TensorBytes.int32(codes));
    tensors.put(
        module + ".qzeros", TensorBytes.int32(WordMatrix.of(zeros, groups, rows, grid.bits())));
    tensors.put(module + ".scales", TensorBytes.float16(new Shape(groups, rows), () -> scales));
    tensors.put(module + ".g_idx", TensorBytes.int32(grid.groupOf()));
    return tensors;
  }

  @Override
  public ObjectNode config(Settings settings) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("quant_method", "gptq")
        .put("bits", settings.bits())
        .put("group_size", settings.groupSize())
        .put("sym", settings.symmetric())
        .put("desc_act", !settings.natural())
        .put("checkpoint_format", version == 1 ? "gptq" : "gptq_v2")
        .put("lm_head", false)
        .put("pack_dtype", "int32");
  }
}
