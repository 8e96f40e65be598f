package tare.export;

import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import tare.format.TensorBytes;
import tare.format.WordMatrix;
import tare.grid.Storage;

/**
 * The {@code gemm} layout of AWQ checkpoints, which AutoAWQ, transformers and vLLM read. It holds 4
 * bits. {@code qweight} {@code [in, out/8]} and {@code qzeros} {@code [groups, out/8]} are packed
 * along the outputs, with the eight numbers of a word interleaved; {@code scales} are {@code
 * [groups, out]}.
 */
public record AwqLayout() implements PackedLayout {

  private static final int BITS = 4;

  /** For each place of a word, which of eight neighbours it holds. */
  private static final int[] ORDER = {0, 2, 4, 6, 1, 3, 5, 7};

  @Override
  public String label() {
    return "awq";
  }

  @Override
  public void require(String linear, int rows, int columns, Settings settings) {
    settings.requireWholeNumbers("AWQ");
    if (settings.bits() != BITS) {
      throw new IllegalArgumentException("the AWQ layout holds 4 bits, not " + settings.bits());
    }
    if (!settings.natural()) {
      throw new IllegalArgumentException(
          "the AWQ layout has no index of groups, which act-order without static grids needs:"
              + " use --grids static, --no-act-order, or --format gptq-v2, which GPTQModel reads and"
              + " vLLM does not");
    }
    PackedLayout.requireWholeGroups(linear, columns, settings);
    if (rows % ORDER.length != 0) {
      throw new IllegalArgumentException(
          linear
              + " has "
              + rows
              + " outputs; the AWQ layout needs a multiple of 8. Use --format compressed-tensors");
    }
  }

  @Override
  public Map<String, TensorBytes> tensors(String module, Storage.Coded coded) {
    Storage.Grid grid = (Storage.Grid) coded;
    int outputs = grid.rows();
    int inputs = grid.columns();
    byte[] byInput = new byte[grid.codes().length];
    for (int row = 0; row < outputs; row++) {
      for (int j = 0; j < inputs; j++) {
        byInput[j * outputs + row] = grid.codes()[row * inputs + j];
      }
    }
    byte[] zeros = PackedLayout.zerosByGroup(grid, 0);
    float[] scales = PackedLayout.byGroup(grid.scales(), outputs, grid.groups());
    return Map.of(
        module + ".qweight", TensorBytes.int32(interleaved(byInput, inputs, outputs)),
        module + ".qzeros", TensorBytes.int32(interleaved(zeros, grid.groups(), outputs)),
        module + ".scales", TensorBytes.float16(new Shape(grid.groups(), outputs), () -> scales));
  }

  private static WordMatrix interleaved(byte[] values, int rows, int columns) {
    byte[] ordered = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      ordered[i] = values[i - i % ORDER.length + ORDER[i % ORDER.length]];
    }
    return WordMatrix.of(ordered, rows, columns, BITS);
  }

  @Override
  public ObjectNode config(Settings settings) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("quant_method", "awq")
        .put("bits", BITS)
        .put("group_size", settings.groupSize())
        .put("zero_point", true)
        .put("version", "gemm")
        .putNull("modules_to_not_convert");
  }
}
