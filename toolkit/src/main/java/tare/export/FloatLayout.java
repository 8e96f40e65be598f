package tare.export;

import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import tare.format.TensorBytes;
import tare.grid.Minifloat;
import tare.grid.NumberFormat;
import tare.grid.Storage;
import tare.grid.TokenGrid;
import tare.tensor.StorageType;

/**
 * The layouts of the library compressed-tensors for floating-point codes.
 *
 * <ul>
 *   <li>{@code float-quantized} (FP8): {@code weight} {@code [out, in]} as FP8 numbers, {@code
 *       weight_scale} {@code [out, 1]} in float32.
 *   <li>{@code mxfp4-pack-quantized}: {@code weight_packed} {@code [out, in/2]}, two codes in a
 *       byte, the first in the low half; {@code weight_scale} {@code [out, groups]}, exponents plus
 *       127.
 *   <li>{@code nvfp4-pack-quantized}: {@code weight_packed} as above, {@code weight_scale} {@code
 *       [out, groups]} as FP8 numbers, and {@code weight_global_scale} {@code [1]}, one over the
 *       scale of the matrix.
 * </ul>
 *
 * @param format FP8, MXFP4 or NVFP4
 * @param inputs the grid to which readers round the inputs when the model runs, if any
 */
public record FloatLayout(NumberFormat.Kind format, Optional<TokenGrid> inputs)
    implements PackedLayout {

  private static final int EXPONENT_OFFSET = 127;

  /** Weights are packed, and inputs are not rounded. */
  public FloatLayout(NumberFormat.Kind format) {
    this(format, Optional.empty());
  }

  /** Checks that weights and inputs have one format. */
  public FloatLayout {
    if (format == NumberFormat.Kind.INT) {
      throw new IllegalArgumentException(
          "Whole numbers have the layout " + new CompressedTensorsLayout());
    }
    if (inputs.isPresent() && inputs.get().format() != format) {
      throw new IllegalArgumentException(
          "Weights of " + format + " do not go with inputs rounded to " + inputs.get());
    }
  }

  @Override
  public String label() {
    return "compressed-tensors";
  }

  @Override
  public void require(String linear, int rows, int columns, Settings settings) {
    if (settings.format() != format) {
      throw new IllegalArgumentException(
          linear + " has codes of " + settings.format() + ", but the layout holds " + format);
    }
    if (!settings.natural()) {
      throw new IllegalArgumentException(
          "layouts of floating-point codes have no group index, which act-order without static grids"
              + " needs: use static grids, or --format dense");
    }
    if (inputs.isPresent() && inputs.get().format() == NumberFormat.Kind.NVFP4) {
      throw new IllegalArgumentException(
          "programs that round inputs to NVFP4 need a stored scale of the inputs, which Tare does not"
              + " estimate: leave --input-bits out, or score the method in a study, which needs no"
              + " folder");
    }
    PackedLayout.requireWholeGroups(linear, columns, settings);
  }

  @Override
  public Map<String, TensorBytes> tensors(String module, Storage.Coded coded) {
    Storage.Floats floats = (Storage.Floats) coded;
    Shape whole = new Shape(floats.rows(), floats.columns());
    Shape halves = new Shape(floats.rows(), floats.columns() / 2);
    Shape scales = new Shape(floats.rows(), floats.groups());
    Map<String, TensorBytes> tensors = new LinkedHashMap<>();
    switch (format) {
      case FP8 -> {
        tensors.put(
            module + ".weight", TensorBytes.bytes(StorageType.F8_E4M3, whole, floats.codes()));
        tensors.put(module + ".weight_scale", TensorBytes.float32(scales, floats::scales));
      }
      case MXFP4 -> {
        tensors.put(module + ".weight_packed", packed(halves, floats.codes()));
        tensors.put(
            module + ".weight_scale",
            TensorBytes.bytes(StorageType.U8, scales, exponents(floats.scales())));
      }
      case NVFP4 -> {
        tensors.put(module + ".weight_packed", packed(halves, floats.codes()));
        tensors.put(
            module + ".weight_scale",
            TensorBytes.bytes(StorageType.F8_E4M3, scales, e4m3(floats.scales())));
        tensors.put(
            module + ".weight_global_scale",
            TensorBytes.float32(new Shape(1), () -> new float[] {floats.reciprocal()}));
      }
      case INT -> throw new IllegalStateException("No layout of whole numbers");
    }
    return tensors;
  }

  private static TensorBytes packed(Shape shape, byte[] codes) {
    byte[] pairs = new byte[codes.length / 2];
    for (int i = 0; i < pairs.length; i++) {
      pairs[i] = (byte) (codes[2 * i] | codes[2 * i + 1] << 4);
    }
    return TensorBytes.bytes(StorageType.U8, shape, pairs);
  }

  private static byte[] exponents(float[] scales) {
    byte[] exponents = new byte[scales.length];
    for (int i = 0; i < scales.length; i++) {
      exponents[i] = (byte) (Math.getExponent((double) scales[i]) + EXPONENT_OFFSET);
    }
    return exponents;
  }

  private static byte[] e4m3(float[] scales) {
    byte[] codes = new byte[scales.length];
    for (int i = 0; i < scales.length; i++) {
      codes[i] = (byte) Minifloat.E4M3.code(scales[i]);
    }
    return codes;
  }

  @Override
  public ObjectNode config(Settings settings) {
    String name =
        switch (format) {
          case FP8 -> "float-quantized";
          case MXFP4 -> "mxfp4-pack-quantized";
          case NVFP4 -> "nvfp4-pack-quantized";
          case INT -> throw new IllegalStateException("No layout of whole numbers");
        };
    return CompressedTensorsLayout.config(
        name, numbers("channel", false), inputs.isPresent() ? numbers("token", true) : null);
  }

  /** How the library describes the numbers of weights or inputs. */
  private ObjectNode numbers(String wholeRow, boolean dynamic) {
    ObjectNode numbers =
        JsonNodeFactory.instance
            .objectNode()
            .put("num_bits", format.bits())
            .put("type", "float")
            .put("symmetric", true)
            .put("dynamic", dynamic);
    return switch (format) {
      case FP8 -> numbers.put("strategy", wholeRow);
      case MXFP4 ->
          numbers
              .put("strategy", "group")
              .put("group_size", format.group())
              .put("scale_dtype", "torch.uint8");
      case NVFP4 ->
          numbers
              .put("strategy", "tensor_group")
              .put("group_size", format.group())
              .put("scale_dtype", "torch.float8_e4m3fn");
      case INT -> throw new IllegalStateException("No layout of whole numbers");
    };
  }
}
