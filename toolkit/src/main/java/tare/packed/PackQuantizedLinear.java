package tare.packed;

import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.Set;
import tare.format.WordMatrix;
import tare.tensor.StorageType;

/**
 * The layout {@code pack-quantized} of the library compressed-tensors. {@code weight_packed} {@code
 * [outputs, inputs·bits/32]} is packed along the inputs, {@code weight_scale} is {@code [outputs,
 * groups]}, and {@code weight_shape} holds the shape. Asymmetric grids add {@code
 * weight_zero_point}: packed along the outputs, {@code [outputs·bits/32, groups]}, or, by older
 * versions, signed bytes {@code [outputs, groups]}. {@code weight_g_idx} is the group of each input
 * where groups follow act-order. Codes and packed zero points are stored unsigned.
 *
 * <p>The library multiplies in the number format of the scales; here the product is a float32.
 *
 * @param widths the numbers of bits that layers of this model have, each 2, 4 or 8
 * @param groupSizes the sizes of groups that config.json names, −1 for one scale per output
 * @param hasZeros whether all layers must have zero points
 * @param actOrder whether all layers must have the groups of their inputs
 */
record PackQuantizedLinear(
    Set<Integer> widths, Set<Integer> groupSizes, boolean hasZeros, boolean actOrder)
    implements StoredLinear {

  private static final int WORD = 32;
  private static final String SCALE = ".weight_scale";
  private static final String ZERO = ".weight_zero_point";
  private static final String SHAPE = ".weight_shape";
  private static final String GROUPS = ".weight_g_idx";

  @Override
  public String mark() {
    return ".weight_packed";
  }

  @Override
  public Set<String> parts() {
    return Set.of(mark(), SCALE, ZERO, SHAPE, GROUPS);
  }

  @Override
  public Shape shape(LinearParts parts) {
    parts.require(SHAPE, 2);
    int[] sizes = parts.integers(SHAPE);
    Shape shape = new Shape(sizes[0], sizes[1]);
    if (sizes[0] < 1 || sizes[1] < 1 || parts.matrix(mark()).get(0) != sizes[0]) {
      throw parts.broken(SHAPE, "says " + shape + ", which does not fit " + parts.shape(mark()));
    }
    return shape;
  }

  @Override
  public float[] values(LinearParts parts) {
    int outputs = (int) shape(parts).get(0);
    int inputs = (int) shape(parts).get(1);
    int bits = bits(parts, inputs);
    float[] scales = parts.scales(SCALE);
    int groups = scales.length / outputs;
    if (groups == 0 || scales.length != groups * outputs) {
      throw parts.broken(
          SCALE, "has shape " + parts.shape(SCALE) + " for a layer of " + outputs + " outputs");
    }
    int groupSize = groupSizes.size() == 1 ? groupSizes.iterator().next() : 0;
    parts.requireGroups(SCALE, inputs, groups, groupSize);
    if (actOrder) {
      parts.require(GROUPS, inputs);
    }
    return new CodeGrid(
            parts.words(mark()).values(inputs, bits),
            outputs,
            inputs,
            scales,
            zeros(parts, outputs, groups, bits),
            parts.groups(GROUPS, inputs, groups, groupSize))
        .values();
  }

  private int bits(LinearParts parts, int inputs) {
    long words = parts.shape(mark()).get(1);
    return widths.stream()
        .filter(bits -> words == ((long) inputs * bits + WORD - 1) / WORD)
        .findFirst()
        .orElseThrow(
            () ->
                parts.broken(
                    mark(),
                    "has " + words + " words for " + inputs + " inputs of " + widths + " bits"));
  }

  private float[] zeros(LinearParts parts, int outputs, int groups, int bits) {
    int middle = 1 << (bits - 1);
    if (!parts.has(ZERO)) {
      if (hasZeros) {
        throw parts.broken(ZERO, "is missing, but config.json says symmetric false");
      }
      float[] zeros = new float[outputs * groups];
      Arrays.fill(zeros, middle);
      return zeros;
    }
    if (parts.type(ZERO) == StorageType.I8) {
      parts.require(ZERO, outputs, groups);
      float[] signed = parts.floats(ZERO);
      for (int i = 0; i < signed.length; i++) {
        signed[i] += middle;
      }
      return signed;
    }
    WordMatrix words = parts.words(ZERO, ((long) outputs * bits + WORD - 1) / WORD, groups);
    return CodeGrid.byOutput(CodeGrid.numbers(words.transposed().values(outputs, bits)), groups);
  }
}
