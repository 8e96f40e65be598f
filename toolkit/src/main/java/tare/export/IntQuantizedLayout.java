package tare.export;

import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.Optional;
import tare.format.TensorBytes;
import tare.grid.Storage;
import tare.grid.TokenGrid;

/**
 * The layout {@code int-quantized} of the library compressed-tensors, for W8A8. {@code weight}
 * {@code [out, in]} holds signed bytes and {@code weight_scale} is {@code [out, 1]}. Readers round
 * the inputs when the model runs, with one scale per token, so nothing is stored for them.
 */
public record IntQuantizedLayout() implements PackedLayout {

  private static final int BITS = 8;
  private static final Settings W8 = new Settings(BITS, PER_CHANNEL, true, true);

  @Override
  public Optional<TokenGrid> inputs() {
    return Optional.of(new TokenGrid(BITS));
  }

  @Override
  public String label() {
    return "compressed-tensors";
  }

  @Override
  public void require(String linear, int rows, int columns, Settings settings) {
    if (!settings.equals(W8)) {
      throw new IllegalArgumentException(
          linear
              + " has "
              + settings
              + ". With rounded inputs, compressed-tensors holds 8 bits with one symmetric scale per"
              + " output: use --bits 8 --group -1 --symmetric");
    }
  }

  @Override
  public Map<String, TensorBytes> tensors(String module, Storage.Coded coded) {
    Storage.Grid grid = (Storage.Grid) coded;
    byte[] signed = grid.codes().clone();
    for (int i = 0; i < signed.length; i++) {
      signed[i] -= (byte) (1 << (BITS - 1));
    }
    return Map.of(
        module + ".weight",
        TensorBytes.int8(new Shape(grid.rows(), grid.columns()), signed),
        module + ".weight_scale",
        TensorBytes.float16(new Shape(grid.rows(), 1), grid::scales));
  }

  @Override
  public ObjectNode config(Settings settings) {
    return CompressedTensorsLayout.config(
        "int-quantized", grid("channel", false), grid("token", true));
  }

  private static ObjectNode grid(String strategy, boolean dynamic) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("num_bits", BITS)
        .put("type", "int")
        .put("symmetric", true)
        .put("strategy", strategy)
        .put("dynamic", dynamic);
  }
}
