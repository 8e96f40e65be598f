package tare.compress;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import com.fasterxml.jackson.annotation.JsonTypeName;
import java.util.Optional;
import java.util.function.DoubleSupplier;
import java.util.stream.IntStream;
import tare.grid.IntegerGrid;
import tare.grid.NumberFormat;
import tare.grid.Storage;
import tare.grid.TokenGrid;
import tare.grid.WeightGrid;

/**
 * Round to nearest: rounds each weight to the nearest point of its group's grid, whatever its
 * inputs are.
 *
 * <pre>{@code
 * NDManager manager = NDManager.newBaseManager();
 * NDArray weight = manager.randomNormal(new Shape(64, 128));
 * LayerInputs inputs = LayerInputs.of(manager.randomNormal(new Shape(512, 128)));
 * float[] rounded = new Rtn(4, 64).compress(weight, inputs).storage().dense();
 * }</pre>
 *
 * <p>It is the baseline that every calibrated quantizer must beat. With {@link #searchedRange}, it
 * is a stronger one: the range of each grid is shrunk to the least squared error.
 *
 * @param bits bits per code, 2 to 8
 * @param groupSize columns that share a scale, or {@link #PER_CHANNEL}; the last group may be short
 * @param isSymmetric whether the grid is symmetric about zero
 * @param mse whether the range of each grid is searched for the least squared error
 * @param numbers which numbers the codes stand for; floating-point numbers bring their own bits,
 *     groups and scales and are symmetric about zero
 * @param inputBits bits to which inputs are rounded when the model runs, to the same numbers; 16 if
 *     they are not rounded
 */
@JsonTypeName("rtn")
public record Rtn(
    @JsonProperty(required = true) @JsonPropertyDescription("bits per code, 2 to 8") int bits,
    @JsonProperty(required = true)
        @JsonPropertyDescription("weights of a row that share a scale, -1 for the whole row")
        int groupSize,
    @JsonProperty("symmetric") @JsonPropertyDescription("use a grid that is symmetric about zero")
        boolean isSymmetric,
    @JsonPropertyDescription("search the range of each grid for the least squared error")
        boolean mse,
    @JsonPropertyDescription("the numbers of the codes: int, fp8, mxfp4 or nvfp4")
        NumberFormat numbers,
    @JsonPropertyDescription("bits to which inputs are rounded when the model runs, 16 for none")
        int inputBits)
    implements MaskedCompressor {

  /** The group size that means one scale per output. */
  public static final int PER_CHANNEL = -1;

  /** The number of bits that means that inputs are not rounded. */
  public static final int AS_THEY_ARE = 16;

  /** Checks the settings. */
  public Rtn {
    requireGroupSize(groupSize);
    new IntegerGrid(bits, isSymmetric);
    numbers.require(bits, groupSize, mse);
    isSymmetric |= numbers.areFloats();
    inputs(numbers, inputBits);
  }

  /** Rounding to an asymmetric grid over the whole range. */
  public Rtn(int bits, int groupSize) {
    this(bits, groupSize, false, false, NumberFormat.INT, AS_THEY_ARE);
  }

  /** Returns a copy with a grid that is symmetric about zero. */
  public Rtn symmetric() {
    return Method.with(this, "isSymmetric", true);
  }

  /** Returns a copy that searches the range of each grid for the least squared error. */
  public Rtn searchedRange() {
    return Method.with(this, "mse", true);
  }

  /**
   * Returns a copy with the numbers of a floating-point format, and its bits and groups.
   *
   * <pre>{@code
   * Rtn.of(NumberFormat.MXFP4)
   * }</pre>
   */
  public static Rtn of(NumberFormat numbers) {
    return new Rtn(
        numbers.kind().bits(), numbers.kind().group(), true, false, numbers, AS_THEY_ARE);
  }

  /** Returns a copy with inputs rounded to this number of bits. */
  public Rtn inputBits(int other) {
    return Method.with(this, "inputBits", other);
  }

  /** The text that results name the method by; without a search, that of older results. */
  @Override
  public String toString() {
    return "Rtn[bits="
        + bits
        + ", groupSize="
        + groupSize
        + ", isSymmetric="
        + isSymmetric
        + (mse ? ", mse=true" : "")
        + (numbers.areFloats() ? ", numbers=" + numbers : "")
        + "]";
  }

  @Override
  public boolean calibrated() {
    return false;
  }

  @Override
  public Optional<TokenGrid> inputs() {
    return inputs(numbers, inputBits);
  }

  /** The grid for inputs of this number of bits; empty for 16. */
  static Optional<TokenGrid> inputs(NumberFormat numbers, int bits) {
    return bits == AS_THEY_ARE
        ? Optional.empty()
        : Optional.of(new TokenGrid(bits, numbers.kind()));
  }

  @Override
  public Rtn sharing(DoubleSupplier largest) {
    return Method.with(this, "numbers", numbers.within(largest));
  }

  @Override
  public Compressed compress(NDArray weight, LayerInputs inputs) {
    double norm = mse ? IntegerGrid.LEAST_SQUARES : 0;
    WeightGrid grid = numbers.grid(bits, isSymmetric, norm, () -> Compressor.largest(weight));
    int rows = (int) weight.getShape().get(0);
    int columns = (int) weight.getShape().get(1);
    int group = groupSize == PER_CHANNEL ? columns : groupSize;
    int groups = (columns + group - 1) / group;
    float[] w = weight.toFloatArray();
    byte[] codes = new byte[rows * columns];
    float[] scales = new float[rows * groups];
    float[] zeros = new float[rows * groups];
    IntStream.range(0, rows)
        .parallel()
        .forEach(
            row -> {
              double[] values = new double[columns];
              for (int j = 0; j < columns; j++) {
                values[j] = w[row * columns + j];
              }
              for (int g = 0; g < groups; g++) {
                int end = Math.min(columns, (g + 1) * group);
                WeightGrid.Step step = grid.fit(values, g * group, end);
                scales[row * groups + g] = (float) step.scale();
                zeros[row * groups + g] = (float) step.zero();
                for (int j = g * group; j < end; j++) {
                  codes[row * columns + j] = (byte) grid.encode(values[j], step);
                }
              }
            });
    int[] groupOf = Storage.Coded.naturalGroups(columns, group);
    return new Compressed(grid.storage(rows, columns, group, codes, scales, zeros, groupOf), "");
  }

  /** Rounds as usual. Zero lies on the grid, so pruned weights stay zero. */
  @Override
  public Compressed compress(NDArray weight, LayerInputs inputs, boolean[] pruned) {
    return compress(weight, inputs);
  }

  static void requireGroupSize(int groupSize) {
    if (groupSize < 1 && groupSize != PER_CHANNEL) {
      throw new IllegalArgumentException(
          "A group has at least 1 column, or "
              + PER_CHANNEL
              + " for one scale per output; got "
              + groupSize);
    }
  }
}
