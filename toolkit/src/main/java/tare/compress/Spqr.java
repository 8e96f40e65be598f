package tare.compress;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import com.fasterxml.jackson.annotation.JsonTypeName;

/**
 * SpQR (Dettmers et al. 2024, algorithm 1): GPTQ with small groups whose scales and zeros are
 * quantized in turn, and with the few weights that would cost most kept as they are. Factor and
 * loop are float64. A group is what follows in processing order, a run of rows may be short at the
 * end.
 *
 * @param bits bits of a code, 2 to 8
 * @param groupSize β₁: columns that share a scale and a zero point
 * @param scaleBits bits of a scale and of a zero point, or {@link #PLAIN}
 * @param runLength β₂: rows whose scales (zero points) of one group share a second-level grid
 * @param threshold θ: the smaller, the more weights are outliers; infinite for none
 * @param leaveOneOut whether likely outliers are kept out when a grid is fitted
 * @param actOrder whether columns are processed by falling H_jj
 * @param damping λ: this share of the mean of H's diagonal is added to the diagonal
 */
@JsonTypeName("spqr")
public record Spqr(
    @JsonProperty(required = true) int bits,
    @JsonProperty(required = true) int groupSize,
    @JsonPropertyDescription("bits of a scale and of a zero point, 16 if left as they are")
        int scaleBits,
    @JsonPropertyDescription("rows whose scales are quantized together") int runLength,
    @JsonPropertyDescription("the smaller, the more weights are kept as outliers") double threshold,
    @JsonPropertyDescription("keep likely outliers out when a grid is fitted") boolean leaveOneOut,
    boolean actOrder,
    double damping)
    implements Compressor {

  /** The number of bits that stands for scales and zero points that are not quantized. */
  public static final int PLAIN = 16;

  private static final int BLOCK = 128;

  /** Checks the settings. */
  public Spqr {
    new WeightGrid(bits, false, false);
    if (groupSize < 1 || runLength < 1 || ColumnWalk.BAND % runLength != 0) {
      throw new IllegalArgumentException(
          "SpQR needs groups of at least 1 column, and runs of rows that divide %d; got %d and %d"
              .formatted(ColumnWalk.BAND, groupSize, runLength));
    }
    if (scaleBits != PLAIN && (scaleBits < 2 || scaleBits > 8)) {
      throw new IllegalArgumentException(
          "SpQR's scales have 2 to 8 bits, or " + PLAIN + " if left as they are; got " + scaleBits);
    }
    if (!(threshold >= 0) || !(damping > 0)) {
      throw new IllegalArgumentException(
          "SpQR needs a threshold of at least 0 and a damping above 0; got "
              + threshold
              + " and "
              + damping);
    }
  }

  /**
   * The authors' recipe for groups of any size: 3-bit scales and zero points in runs of 16, θ =
   * 0.2, act-order, damping 1. It was made for 3 and 4 bits; at 2 bits so many errors exceed τ that
   * a large share of the weights is kept, which the bits per weight show.
   */
  public Spqr(int bits, int groupSize) {
    this(bits, groupSize, 3, 16, 0.2, true, true, 1);
  }

  /** The same with scales and zero points of other bits, or {@link #PLAIN}. */
  public Spqr scaleBits(int other) {
    return Method.with(this, "scaleBits", other);
  }

  /** The same with other numbers of rows that share a second-level grid. */
  public Spqr runLength(int other) {
    return Method.with(this, "runLength", other);
  }

  /** The same with another θ. */
  public Spqr threshold(double other) {
    return Method.with(this, "threshold", other);
  }

  /** The same without outliers. */
  public Spqr withoutOutliers() {
    return threshold(Double.POSITIVE_INFINITY);
  }

  /** The same with grids fitted to all weights of a group, likely outliers too. */
  public Spqr fittedToAll() {
    return Method.with(this, "leaveOneOut", false);
  }

  /** The same with columns processed as they stand. */
  public Spqr naturalOrder() {
    return Method.with(this, "actOrder", false);
  }

  /** The same with another λ. */
  public Spqr damping(double other) {
    return Method.with(this, "damping", other);
  }

  @Override
  public Compressed compress(NDArray weight, LayerInputs inputs) {
    GramFactor factor = inputs.factor(damping, actOrder);
    double tau =
        threshold == Double.POSITIVE_INFINITY ? threshold : threshold * sensitivity(weight, factor);
    SpqrWalk walk = new SpqrWalk(this, weight.getShape(), factor.order(), tau);
    ColumnWalk.over(weight, factor, Math.max(groupSize, BLOCK / groupSize * groupSize), walk);
    return new Compressed(walk.storage(), factor.notes());
  }

  /** The mean over the columns of var(W_j) / U_jj², where 1 / U_jj = R_jj. */
  private static double sensitivity(NDArray weight, GramFactor factor) {
    long rows = weight.getShape().get(0);
    int columns = factor.order().length;
    try (NDManager scope = weight.getManager().newSubManager()) {
      NDArray mean = weight.mean(new int[] {0}, true);
      mean.attach(scope);
      NDArray change = weight.sub(mean);
      change.attach(scope);
      float[] squares = change.square().sum(new int[] {0}).toFloatArray();
      NDArray diagonal = factor.upper().diagonal();
      diagonal.attach(scope);
      double[] r = diagonal.toType(DataType.FLOAT64, true).toDoubleArray();
      double sum = 0;
      for (int k = 0; k < columns; k++) {
        int channel = factor.order()[k];
        sum += factor.dead()[channel] ? 0 : squares[channel] * r[k] * r[k];
      }
      return sum / columns / Math.max(1, rows - 1);
    }
  }
}
