package tare.compress;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import com.fasterxml.jackson.annotation.JsonTypeName;
import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import tare.grid.IntegerGrid;
import tare.grid.RealZeroGrid;
import tare.grid.Storage;
import tare.grid.WeightGrid;

/**
 * SpQR (Dettmers et al. 2024, algorithm 1): GPTQ with small groups whose scales and zero points are
 * quantized too. The few weights with the largest errors are kept as outliers. Factor and loop are
 * float64. A group is a run of columns in processing order. The last run of rows may be short.
 *
 * <pre>{@code
 * NDManager manager = NDManager.newBaseManager();
 * NDArray weight = manager.randomNormal(new Shape(64, 128));
 * LayerInputs inputs = LayerInputs.of(manager.randomNormal(new Shape(512, 128)));
 * Compressed compressed = new Spqr(3, 16).compress(weight, inputs);
 * System.out.println(compressed.storage().bitsPerWeight() + " bits per weight");
 * }</pre>
 *
 * <p>Factor and loop are float64. Groups follow the processing order. The last run of rows may be
 * short.
 *
 * @param bits bits per code, 2 to 8
 * @param groupSize β₁: columns that share a scale and a zero point
 * @param scaleBits bits of a scale and of a zero point, or {@link #PLAIN}
 * @param runLength β₂: rows whose scales (zero points) of one group share a second-level grid
 * @param threshold θ: the smaller, the more weights are outliers; infinite for none
 * @param leaveOneOut whether likely outliers are kept out when a grid is fitted
 * @param actOrder whether columns with the largest H_jj are processed first
 * @param damping λ: this share of the mean of H's diagonal is added to the diagonal
 */
@JsonTypeName("spqr")
public record Spqr(
    @JsonProperty(required = true) int bits,
    @JsonProperty(required = true) int groupSize,
    @JsonPropertyDescription("bits of a scale and of a zero point, 16 for no quantization")
        int scaleBits,
    @JsonPropertyDescription("rows whose scales are quantized together") int runLength,
    @JsonPropertyDescription("outlier threshold: a smaller value keeps more weights as outliers")
        double threshold,
    @JsonPropertyDescription("leave likely outliers out when a grid is fitted") boolean leaveOneOut,
    boolean actOrder,
    double damping)
    implements Compressor {

  /** The number of bits that means that scales and zero points are not quantized. */
  public static final int PLAIN = 16;

  private static final int BLOCK = 128;
  private static final int SECOND_LEVEL_SCALE_AND_ZERO_BITS = 32;

  /** Checks the settings. */
  public Spqr {
    new IntegerGrid(bits, false);
    if (groupSize < 1 || runLength < 1 || ColumnWalk.BAND % runLength != 0) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "SpQR needs groups of at least 1 column, and runs of rows that divide %d; got %d and %d",
              ColumnWalk.BAND,
              groupSize,
              runLength));
    }
    if (scaleBits != PLAIN && (scaleBits < 2 || scaleBits > 8)) {
      throw new IllegalArgumentException(
          "SpQR's scales have 2 to 8 bits, or " + PLAIN + " for no quantization; got " + scaleBits);
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
   * The authors' settings: 3-bit scales and zero points in runs of 16, θ = 0.2, act-order, damping
   * 1. They were made for 3 and 4 bits. At 2 bits, so many errors exceed τ that a large share of
   * the weights is kept; the bits per weight show it.
   */
  public Spqr(int bits, int groupSize) {
    this(bits, groupSize, 3, 16, 0.2, true, true, 1);
  }

  @Override
  public Compressed compress(NDArray weight, LayerInputs inputs) {
    GramFactor factor =
        inputs.factor(damping, actOrder); // R = U⁻¹ with UᵀU = H⁻¹, once for all rows
    double tau = tau(weight, factor);
    if (weight.getDevice().isGpu()) {
      return DeviceColumns.spqr(this, weight, factor, tau);
    }
    Codes codes = new Codes(weight, factor.order(), tau);
    ColumnWalk.blocks(
        weight,
        factor,
        wholeGroups(),
        block ->
            block.bands(
                band -> {
                  for (int j = 0; j < block.width(); j++) {
                    codes.fitGroup(band, j); // if j is the first of a group, without its outliers
                    codes.round(band, j); // ŵ = nearest grid point, or w if its error is above τ
                    band.spread(j); // E_j = (w − ŵ) / U_jj, over the columns to come
                  }
                }));
    return new Compressed(codes.storage(), factor.notes());
  }

  /** τ: weights whose error ((w − ŵ)/U_jj)² exceeds it are outliers. */
  double tau(NDArray weight, GramFactor factor) {
    return threshold == Double.POSITIVE_INFINITY
        ? threshold
        : threshold * sensitivity(weight, factor);
  }

  /** Number of columns per block, a multiple of the group's. */
  int wholeGroups() {
    return Math.max(groupSize, BLOCK / groupSize * groupSize);
  }

  /** The bits of a scale and a zero point, with their share of the second-level grids. */
  double bitsPerGroup() {
    double secondLevel = 2.0 * SECOND_LEVEL_SCALE_AND_ZERO_BITS / runLength;
    return 2.0 * scaleBits + (scaleBits == PLAIN ? 0 : secondLevel);
  }

  /** The group of each column in natural order. */
  int[] groupOf(int[] order) {
    int[] groupOf = new int[order.length];
    for (int place = 0; place < order.length; place++) {
      groupOf[order[place]] = place / groupSize;
    }
    return groupOf;
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
      double[] r = factor.upper().diagonal();
      double sum = 0;
      for (int k = 0; k < columns; k++) {
        int channel = factor.order()[k];
        sum += factor.dead()[channel] ? 0 : squares[channel] * r[k] * r[k];
      }
      return sum / columns / Math.max(1, rows - 1);
    }
  }

  /** The grids of one weight's groups, the codes, and the outliers. */
  private final class Codes {

    /** The outliers: places in the matrix, row-major, and values. */
    private record Kept(IntStream.Builder places, DoubleStream.Builder values) {
      Kept() {
        this(IntStream.builder(), DoubleStream.builder());
      }
    }

    private final RealZeroGrid grid = new RealZeroGrid(bits);
    private final double tau;
    private final int rows;
    private final int columns;
    private final int groups;
    private final int[] order;
    private final byte[] codes;
    private final float[] scales;
    private final float[] zeros;
    private final Kept[] kept; // one entry per band; one thread at a time uses it

    /**
     * Nothing is stored yet.
     *
     * @param order processing order of the weight's columns
     * @param tau τ: weights whose error ((w − ŵ)/U_jj)² exceeds it are outliers
     */
    Codes(NDArray weight, int[] order, double tau) {
      this.tau = tau;
      this.order = order;
      rows = (int) weight.getShape().get(0);
      columns = (int) weight.getShape().get(1);
      groups = (columns + groupSize - 1) / groupSize;
      codes = new byte[rows * columns];
      scales = new float[rows * groups];
      zeros = new float[rows * groups];
      kept = new Kept[(rows + ColumnWalk.BAND - 1) / ColumnWalk.BAND];
    }

    /** Rounds column j of a band, except for outliers: weights with ((w − ŵ)/U_jj)² above τ. */
    void round(ColumnWalk.Band band, int j) {
      int place = band.block().start() + j;
      int group = place / groupSize;
      double pivot = band.block().pivot(j);
      double[] compressed = band.compressed();
      for (int r = 0; r < compressed.length; r++) {
        int row = band.firstRow() + r;
        int at = row * columns + order[place];
        double w = band.columns()[j][r];
        WeightGrid.Step step =
            new WeightGrid.Step(scales[row * groups + group], zeros[row * groups + group]);
        int code = grid.encode(w, step);
        double e = (w - grid.decode(code, step)) / pivot;
        if (e * e > tau) {
          keep(band.firstRow() / ColumnWalk.BAND, at, w);
          codes[at] = (byte) grid.encode(0, step);
          compressed[r] = w;
        } else {
          codes[at] = (byte) code;
          compressed[r] = grid.decode(code, step);
        }
      }
    }

    private void keep(int band, int at, double w) {
      if (kept[band] == null) {
        kept[band] = new Kept();
      }
      kept[band].places().add(at);
      kept[band].values().add(w);
    }

    /** Fits the grids of the group whose first column is j, and quantizes them in turn. */
    void fitGroup(ColumnWalk.Band band, int j) {
      int place = band.block().start() + j;
      if (place % groupSize != 0) {
        return;
      }
      int width = Math.min(groupSize, band.block().width() - j);
      int count = band.rows();
      double[] u = new double[width];
      for (int k = 0; k < width; k++) {
        u[k] = band.block().pivot(j + k);
      }
      double[] values = new double[width];
      double[] gain = new double[width];
      double[] s = new double[count];
      double[] z = new double[count];
      for (int r = 0; r < count; r++) {
        for (int k = 0; k < width; k++) {
          values[k] = band.columns()[j + k][r];
        }
        if (leaveOneOut && tau < Double.POSITIVE_INFINITY) {
          grid.leaveOneOut(values, u, gain);
          replaceOutliers(values, gain);
        }
        WeightGrid.Step step = grid.fit(values);
        s[r] = step.scale();
        z[r] = step.zero();
      }
      for (int run = 0; run < count; run += runLength) {
        int end = Math.min(count, run + runLength);
        store(s, run, end, scales, band.firstRow(), place / groupSize);
        store(z, run, end, zeros, band.firstRow(), place / groupSize);
      }
    }

    /** Replaces values that are likely to become outliers by the mean of the others. */
    private void replaceOutliers(double[] values, double[] gain) {
      double sum = 0;
      int others = 0;
      for (int k = 0; k < values.length; k++) {
        if (gain[k] <= tau) {
          sum += values[k];
          others++;
        }
      }
      for (int k = 0; k < values.length; k++) {
        values[k] = gain[k] <= tau ? values[k] : sum / Math.max(1, others);
      }
    }

    /** Stores a run of scales or zero points, as decoded by their second-level grid. */
    private void store(
        double[] statistics, int from, int to, float[] stored, int firstRow, int group) {
      double[] decoded = secondLevel(Arrays.copyOfRange(statistics, from, to));
      for (int r = from; r < to; r++) {
        stored[(firstRow + r) * groups + group] = (float) decoded[r - from];
      }
    }

    private double[] secondLevel(double[] run) {
      if (scaleBits == PLAIN) {
        return run;
      }
      RealZeroGrid second = new RealZeroGrid(scaleBits);
      WeightGrid.Step step = second.fit(run);
      return Arrays.stream(run)
          .map(value -> second.decode(second.encode(value, step), step))
          .toArray();
    }

    /** All that was stored. */
    Storage.GridWithOutliers storage() {
      double[] values =
          Stream.of(kept)
              .filter(Objects::nonNull)
              .flatMapToDouble(band -> band.values().build())
              .toArray();
      float[] floats = new float[values.length];
      for (int i = 0; i < floats.length; i++) {
        floats[i] = (float) values[i];
      }
      return new Storage.GridWithOutliers(
          bits,
          rows,
          columns,
          bitsPerGroup(),
          groupSize,
          codes,
          scales,
          zeros,
          groupOf(order),
          Stream.of(kept)
              .filter(Objects::nonNull)
              .flatMapToInt(band -> band.places().build())
              .toArray(),
          floats);
    }
  }

  /** Returns a copy with scales and zero points of other bits, or {@link #PLAIN}. */
  public Spqr scaleBits(int other) {
    return Method.with(this, "scaleBits", other);
  }

  /** Returns a copy with another number of rows that share a second-level grid. */
  public Spqr runLength(int other) {
    return Method.with(this, "runLength", other);
  }

  /** Returns a copy with another θ. */
  public Spqr threshold(double other) {
    return Method.with(this, "threshold", other);
  }

  /** Returns a copy without outliers. */
  public Spqr withoutOutliers() {
    return threshold(Double.POSITIVE_INFINITY);
  }

  /** Returns a copy with grids fitted to all weights of a group, likely outliers too. */
  public Spqr fittedToAll() {
    return Method.with(this, "leaveOneOut", false);
  }

  /** Returns a copy that processes columns as they stand. */
  public Spqr naturalOrder() {
    return Method.with(this, "actOrder", false);
  }

  /** Returns a copy with another λ. */
  public Spqr damping(double other) {
    return Method.with(this, "damping", other);
  }
}
