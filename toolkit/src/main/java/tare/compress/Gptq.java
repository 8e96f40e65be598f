package tare.compress;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
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
 * GPTQ (Frantar et al. 2023, algorithm 1): rounds the columns of a weight one after another. The
 * error of each column is spread over the columns to come, so that the layer's outputs change
 * least.
 *
 * <pre>{@code
 * NDManager manager = NDManager.newBaseManager();
 * NDArray weight = manager.randomNormal(new Shape(64, 128)); // outputs, inputs
 * LayerInputs inputs = LayerInputs.of(manager.randomNormal(new Shape(512, 128))); // tokens, inputs
 * Compressed compressed = new Gptq(3, 64).naturalOrder().compress(weight, inputs);
 * System.out.println(compressed.storage().bitsPerWeight() + " bits per weight");
 * }</pre>
 *
 * <p>The error of each column is spread over the later columns so that the layer's outputs change
 * least.
 *
 * @param bits bits per code, 2 to 8
 * @param groupSize columns that share a scale, or {@link Rtn#PER_CHANNEL}; the last group may be
 *     short
 * @param isSymmetric whether the grid is symmetric about zero
 * @param actOrder whether columns with the largest H_jj are processed first
 * @param grids which weights a group's grid is fitted to; null for {@link Grids#STATIC} with
 *     act-order and {@link Grids#UPDATED} without
 * @param damping λ: this share of the mean of H's diagonal is added to the diagonal
 * @param mse whether the range of each grid is searched for the least error
 * @param blockSize columns after which the errors are spread over all later ones at once. With
 *     {@link Grids#UPDATED} and {@link Grids#STATIC}, it does not change the result
 * @param isTrueSequential whether the linear layers of a block are compressed group after group
 * @param numbers as in {@link Rtn#numbers}
 * @param inputBits as in {@link Rtn#inputBits}
 */
@JsonTypeName("gptq")
public record Gptq(
    @JsonProperty(required = true) int bits,
    @JsonProperty(required = true) int groupSize,
    @JsonProperty("symmetric") boolean isSymmetric,
    @JsonPropertyDescription("process the channels with the largest inputs first") boolean actOrder,
    @JsonPropertyDescription("the weights to which a group's grid is fitted") Grids grids,
    @JsonPropertyDescription("share of the mean diagonal that is added to the diagonal")
        double damping,
    @JsonPropertyDescription("search the range of each grid for the least error") boolean mse,
    @JsonPropertyDescription("columns after which errors are spread over all later columns")
        int blockSize,
    @JsonProperty("trueSequential")
        @JsonPropertyDescription(
            "observe each group of a block after the groups before it are compressed")
        boolean isTrueSequential,
    NumberFormat numbers,
    int inputBits)
    implements MaskedCompressor {

  /** The weights to which a group's grid is fitted. */
  public enum Grids {
    /**
     * The weights when the group's first column is reached. They include the errors of all earlier
     * columns.
     */
    UPDATED,
    /** The weights at the beginning of the block of columns, as in the authors' program. */
    BLOCK_START,
    /**
     * The original weights, in natural groups. With act-order, inference then needs no index of
     * groups.
     */
    STATIC
  }

  /** Checks the settings. */
  public Gptq {
    Rtn.requireGroupSize(groupSize);
    new IntegerGrid(bits, isSymmetric);
    numbers.require(bits, groupSize, mse);
    isSymmetric |= numbers.areFloats();
    Rtn.inputs(numbers, inputBits);
    if (grids == null) {
      grids = actOrder ? Grids.STATIC : Grids.UPDATED;
    }
    if (!(damping > 0) || blockSize < 1) {
      throw new IllegalArgumentException(
          "GPTQ needs a damping above 0 and a block of at least 1 column; got "
              + damping
              + " and "
              + blockSize);
    }
  }

  /** An asymmetric grid, act-order with static grids, and damping 0.01. */
  public Gptq(int bits, int groupSize) {
    this(
        bits,
        groupSize,
        false,
        true,
        null,
        0.01,
        false,
        128,
        false,
        NumberFormat.INT,
        Rtn.AS_THEY_ARE);
  }

  /** GPTQ with the numbers of a floating-point format, and its bits and groups. */
  public static Gptq of(NumberFormat numbers) {
    Gptq whole = new Gptq(numbers.kind().bits(), numbers.kind().group());
    return Method.with(whole, "numbers", numbers);
  }

  @Override
  public Compressed compress(NDArray weight, LayerInputs inputs) {
    return compress(weight, inputs, Rounding.NOTHING_PRUNED);
  }

  @Override
  public Compressed compress(NDArray weight, LayerInputs inputs, boolean[] pruned) {
    GramFactor factor =
        inputs.factor(damping, actOrder); // R = U⁻¹ with UᵀU = H⁻¹, once for all rows
    if (weight.getDevice().isGpu()) {
      return DeviceColumns.gptq(this, weight, factor, pruned, Optional.empty());
    }
    Rounding rounding = new Rounding(this, weight, factor, pruned);
    ColumnWalk.blocks(
        weight,
        factor,
        rounding.groups.wholeIn(blockSize),
        block ->
            block.bands(
                band -> {
                  for (int j = 0; j < block.width(); j++) {
                    rounding.fitGroup(band, j); // if column j is the first of a group
                    rounding.round(band, j); // ŵ = nearest point of the grid
                    band.spread(j); // E_j = (w − ŵ) / U_jj, over the columns to come
                  }
                }));
    return new Compressed(rounding.storage(), factor.notes());
  }

  /**
   * Which columns share a grid.
   *
   * @param size columns of a group; the last may be short
   * @param columns number of columns
   * @param areNatural whether groups go by a column's natural place, not by its place in processing
   *     order
   * @param areOriginal whether grids are fitted to the original weights
   * @param order processing order
   */
  record Groups(int size, int columns, boolean areNatural, boolean areOriginal, int[] order) {

    static Groups of(Gptq settings, int[] order) {
      int columns = order.length;
      int size =
          settings.groupSize() == Rtn.PER_CHANNEL
              ? columns
              : Math.min(settings.groupSize(), columns);
      boolean isStatic = settings.grids() == Grids.STATIC;
      return new Groups(size, columns, isStatic, isStatic || size == columns, order);
    }

    int count() {
      return (columns + size - 1) / size;
    }

    /** The group of the column at a place in processing order. */
    int at(int place) {
      return (areNatural ? order[place] : place) / size;
    }

    /** The group of each column in natural order. */
    int[] ofColumns() {
      int[] groups = new int[columns];
      for (int place = 0; place < columns; place++) {
        groups[order[place]] = at(place);
      }
      return groups;
    }

    /**
     * The block size, made a multiple of the group's. So a grid never needs columns to which the
     * errors of earlier blocks are still to be added.
     */
    int wholeIn(int blockSize) {
      int most = Math.min(blockSize, columns);
      return count() == 1 ? most : Math.max(size, most / size * size);
    }

    /** How many columns of a group come next, if a grid is to be fitted at a place; else 0. */
    int fittedAt(int place) {
      return areOriginal || place % size != 0 ? 0 : Math.min(size, columns - place);
    }
  }

  /** The grid of a weight. */
  WeightGrid grid(NDArray weight) {
    double norm = mse ? IntegerGrid.GPTQ_NORM : 0;
    return numbers.grid(bits, isSymmetric, norm, () -> Compressor.largest(weight));
  }

  /**
   * The grids of one weight's groups, and the codes of the rounded columns. Pruned weights count as
   * zero when a grid is fitted, and get the code of zero, which lies on every grid. Their original
   * values are spread as errors.
   */
  static final class Rounding {

    /** What stands for the mask where nothing is pruned. */
    static final boolean[] NOTHING_PRUNED = {};

    /** Rows that are copied to the host at once, so that there is never a copy of all weights. */
    private static final int ROWS_AT_ONCE = 512;

    private final Gptq settings;
    private final WeightGrid grid;
    private final GramFactor factor;
    private final int rows;
    private final int columns;
    private final Groups groups;
    private final double[] scales; // [groups, rows]
    private final double[] zeros; // [groups, rows]
    private final byte[] codes; // [rows, columns], columns in natural order
    private final boolean[] pruned; // [rows, columns], or empty

    /**
     * Fits the grids that depend on the original weights alone.
     *
     * @param weight W, {@code [out, in]}
     * @param pruned which weights become zero, row-major; read when their column is reached, so
     *     that a pruner may choose them on the way; empty for none
     */
    Rounding(Gptq settings, NDArray weight, GramFactor factor, boolean[] pruned) {
      this.settings = settings;
      this.pruned = pruned;
      this.factor = factor;
      grid = settings.grid(weight);
      rows = (int) weight.getShape().get(0);
      columns = (int) weight.getShape().get(1);
      groups = Groups.of(settings, factor.order());
      scales = new double[groups.count() * rows];
      zeros = new double[groups.count() * rows];
      codes = new byte[rows * columns];
      if (groups.areOriginal()) {
        for (int first = 0; first < rows; first += ROWS_AT_ONCE) {
          int last = Math.min(rows, first + ROWS_AT_ONCE);
          try (NDArray some = weight.get(new NDIndex("{}:{}", first, last))) {
            fitBeforehand(first, some.toFloatArray());
          }
        }
      }
    }

    /**
     * Fits the grids of some rows. Dead channels count as zero, unless there is one scale per
     * output.
     *
     * @param first index of the first row
     * @param w weights of the rows, row-major
     */
    private void fitBeforehand(int first, float[] w) {
      IntStream.range(0, w.length / columns)
          .parallel()
          .forEach(
              row -> {
                double[] values = new double[columns];
                for (int j = 0; j < columns; j++) {
                  values[j] = groups.count() == 1 || !factor.dead()[j] ? w[row * columns + j] : 0;
                }
                for (int g = 0; g < groups.count(); g++) {
                  int end = Math.min(columns, (g + 1) * groups.size());
                  keep(g, first + row, grid.fit(values, g * groups.size(), end));
                }
              });
    }

    /** Fits the grids of the group whose first column is j, unless they are fitted beforehand. */
    void fitGroup(ColumnWalk.Band band, int j) {
      ColumnWalk.Block block = band.block();
      int place = block.start() + j;
      double[] values = new double[groups.fittedAt(place)];
      if (values.length == 0) {
        return;
      }
      for (int r = 0; r < band.rows(); r++) {
        int row = band.firstRow() + r;
        for (int k = 0; k < values.length; k++) {
          double value =
              settings.grids() == Grids.BLOCK_START
                  ? block.columns()[(j + k) * rows + row]
                  : band.columns()[j + k][r];
          int channel = factor.order()[place + k];
          values[k] = isPruned(row * columns + channel) ? 0 : value;
        }
        keep(groups.at(place), row, grid.fit(values, 0, values.length));
      }
    }

    private void keep(int g, int row, WeightGrid.Step step) {
      scales[g * rows + row] = step.scale();
      zeros[g * rows + row] = step.zero();
    }

    /** Rounds column j of a band: ŵ = s·(q − z) with the code q nearest to w. */
    void round(ColumnWalk.Band band, int j) {
      int place = band.block().start() + j;
      int channel = factor.order()[place];
      int g = groups.at(place);
      double[] w = band.columns()[j];
      double[] rounded = band.compressed();
      for (int r = 0; r < w.length; r++) {
        int row = band.firstRow() + r;
        double scale = scales[g * rows + row];
        double zero = zeros[g * rows + row];
        int at = row * columns + channel;
        int code = isPruned(at) ? grid.zeroCode(zero) : grid.encode(w[r], scale, zero);
        codes[at] = (byte) code;
        rounded[r] = grid.decode(code, scale, zero);
      }
    }

    private boolean isPruned(int at) {
      return pruned.length > 0 && pruned[at];
    }

    /** The codes and grids, after all columns are rounded. */
    Storage.Coded storage() {
      int count = groups.count();
      float[] s = new float[rows * count];
      float[] z = new float[rows * count];
      for (int g = 0; g < count; g++) {
        for (int row = 0; row < rows; row++) {
          s[row * count + g] = (float) scales[g * rows + row];
          z[row * count + g] = (float) zeros[g * rows + row];
        }
      }
      return grid.storage(rows, columns, groups.size(), codes, s, z, groups.ofColumns());
    }
  }

  @Override
  public Gptq sharing(DoubleSupplier largest) {
    return Method.with(this, "numbers", numbers.within(largest));
  }

  @Override
  public Optional<TokenGrid> inputs() {
    return Rtn.inputs(numbers, inputBits);
  }

  /** Returns a copy with inputs rounded to this number of bits. */
  public Gptq inputBits(int other) {
    return Method.with(this, "inputBits", other);
  }

  @Override
  public boolean hasNaturalGroups() {
    return !actOrder || grids == Grids.STATIC || groupSize == Rtn.PER_CHANNEL;
  }

  @Override
  public Schedule schedule() {
    return isTrueSequential ? Schedule.TRUE_SEQUENTIAL : Schedule.BLOCK;
  }

  /** Returns a copy on a grid that is symmetric about zero. */
  public Gptq symmetric() {
    return Method.with(this, "isSymmetric", true);
  }

  /**
   * Returns a copy that processes columns as they stand. Static grids become {@link Grids#UPDATED},
   * unless {@link #grids(Grids)} follows.
   */
  public Gptq naturalOrder() {
    Gptq natural = Method.with(this, "actOrder", false);
    return grids == Grids.STATIC ? natural.grids(Grids.UPDATED) : natural;
  }

  /** Returns a copy with grids fitted to other weights. */
  public Gptq grids(Grids other) {
    return Method.with(this, "grids", other);
  }

  /** Returns a copy with another λ. */
  public Gptq damping(double other) {
    return Method.with(this, "damping", other);
  }

  /** Returns a copy that searches the range of each grid for the least error. */
  public Gptq searchedRange() {
    return Method.with(this, "mse", true);
  }

  /** Returns a copy with another number of columns in a block. */
  public Gptq blockSize(int other) {
    return Method.with(this, "blockSize", other);
  }

  /** Returns a copy that compresses the linear layers of a block group after group. */
  public Gptq trueSequential() {
    return Method.with(this, "isTrueSequential", true);
  }
}
