package tare.packed;

import ai.djl.ndarray.types.Shape;
import java.util.Set;
import java.util.stream.IntStream;
import tare.tensor.StorageType;

/**
 * The layouts {@code int-quantized}, {@code float-quantized} and {@code naive-quantized} of the
 * library compressed-tensors. {@code weight} {@code [outputs, inputs]} holds signed bytes or FP8
 * numbers, and {@code weight_scale} a scale for the whole matrix, for each output, for each group
 * of an output's inputs, or for each block. {@code weight_zero_point} has the shape of the scales.
 *
 * @param blockRows outputs that share a scale; 0 if the shape of the scales tells
 * @param blockColumns inputs that share a scale; 0 if the shape of the scales tells
 * @param actOrder whether all layers must have the groups of their inputs
 * @param types the types of codes that config.json names
 */
record ScaledLinear(int blockRows, int blockColumns, boolean actOrder, Set<StorageType> types)
    implements StoredLinear {

  private static final String WEIGHT = ".weight";
  private static final String SCALE = ".weight_scale";
  private static final String ZERO = ".weight_zero_point";
  private static final String GROUPS = ".weight_g_idx"; // where act-order has scattered the groups

  @Override
  public String mark() {
    return SCALE;
  }

  @Override
  public Set<String> parts() {
    return Set.of(WEIGHT, SCALE, ZERO, GROUPS);
  }

  @Override
  public Shape shape(LinearParts parts) {
    Shape shape = parts.matrix(WEIGHT);
    parts.requireType(WEIGHT, types.toArray(StorageType[]::new));
    return shape;
  }

  @Override
  public float[] values(LinearParts parts) {
    int outputs = (int) shape(parts).get(0);
    int inputs = (int) shape(parts).get(1);
    float[] codes = parts.floats(WEIGHT);
    float[] scales = parts.scales(SCALE);
    float[] zeros = parts.has(ZERO) ? parts.floats(ZERO) : new float[scales.length];
    Shape shape = parts.shape(SCALE);
    int rows = shape.dimension() == 0 ? 1 : (int) shape.get(0);
    int columns = rows == 0 ? 0 : scales.length / rows;
    int perRow = share(parts, outputs, rows, blockRows);
    int perColumn = share(parts, inputs, columns, blockColumns);
    if (zeros.length != scales.length) {
      throw parts.broken(ZERO, "has shape " + parts.shape(ZERO) + ", but the scales have " + shape);
    }
    if (actOrder) {
      parts.require(GROUPS, inputs);
    }
    int[] groupOf = parts.groups(GROUPS, inputs, columns, perColumn);
    float[] values = new float[codes.length];
    IntStream.range(0, outputs)
        .parallel()
        .forEach(
            row -> {
              for (int j = 0; j < inputs; j++) {
                int at = row * inputs + j;
                int scale = row / perRow * columns + groupOf[j];
                values[at] = (codes[at] - zeros[scale]) * scales[scale];
              }
            });
    return values;
  }

  /** How many neighbours share one of the scales along an axis. */
  private static int share(LinearParts parts, int size, int scales, int block) {
    boolean whole = scales > 0 && size % scales == 0;
    int share = block > 0 ? block : whole ? size / scales : 0;
    if (share == 0 || (size + share - 1) / share != scales) {
      throw parts.broken(
          SCALE,
          "has shape "
              + parts.shape(SCALE)
              + ", which does not fit the weight "
              + parts.shape(WEIGHT));
    }
    return share;
  }
}
