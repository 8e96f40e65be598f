package tare.quantize;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import tare.compress.Compressed;
import tare.compress.Compressor;
import tare.compress.InverseFactor;
import tare.compress.LayerInputs;
import tare.compress.Storage;

/**
 * GPTQ (Frantar et al. 2023, algorithm 1): columns are rounded one after another, and the error of
 * each is spread over the columns still to come, in the way that changes the layer's outputs least.
 * Factor and loop are float64.
 *
 * @param bits bits of a code, 2 to 8
 * @param groupSize columns that share a scale, or {@link Rtn#PER_CHANNEL}; the last group may be
 *     short
 * @param symmetric whether the grid is symmetric about zero
 * @param actOrder whether columns are processed by falling H_jj
 * @param grids which weights a group's grid is fitted to
 * @param damping λ: this share of the mean of H's diagonal is added to the diagonal
 * @param mse whether the range of each grid is searched for the least error
 * @param blockSize columns after which the errors are spread over all later ones at once; it does
 *     not change the result (with {@link Grids#UPDATED} and {@link Grids#STATIC})
 */
public record Gptq(
    int bits,
    int groupSize,
    boolean symmetric,
    boolean actOrder,
    Grids grids,
    double damping,
    boolean mse,
    int blockSize)
    implements Compressor {

  private static final int BAND = 64;

  /** Which weights a group's grid is fitted to. */
  public enum Grids {
    /**
     * The weights with all earlier errors already in them, when the group's first column is
     * reached.
     */
    UPDATED,
    /** The weights as they were when the block of columns began, as the authors' program does. */
    BLOCK_START,
    /**
     * The original weights, in natural groups: with act-order no index of groups is needed at
     * inference.
     */
    STATIC
  }

  /** Checks the settings. */
  public Gptq {
    Rtn.requireGroupSize(groupSize);
    new WeightGrid(bits, symmetric, mse);
    if (!(damping > 0) || blockSize < 1) {
      throw new IllegalArgumentException(
          "GPTQ needs a damping above 0 and a block of at least 1 column; got "
              + damping
              + " and "
              + blockSize);
    }
  }

  /** An asymmetric grid, act-order with static groups, damping 0.01. */
  public Gptq(int bits, int groupSize) {
    this(bits, groupSize, false, true, Grids.STATIC, 0.01, false, 128);
  }

  /** The mutable state of one run, rows in processing order of columns. */
  private record Run(
      WeightGrid grid,
      int rows,
      int columns,
      int group,
      InverseFactor factor,
      byte[] codes,
      WeightGrid.Step[] steps) {

    int groups() {
      return (columns + group - 1) / group;
    }
  }

  @Override
  public Compressed compress(NDArray weight, LayerInputs inputs) {
    InverseFactor factor = inputs.factor(damping, actOrder);
    int rows = (int) weight.getShape().get(0);
    int columns = (int) weight.getShape().get(1);
    int group = groupSize == Rtn.PER_CHANNEL ? columns : Math.min(groupSize, columns);
    WeightGrid grid = new WeightGrid(bits, symmetric, mse);
    int groups = (columns + group - 1) / group;
    Run run =
        new Run(
            grid,
            rows,
            columns,
            group,
            factor,
            new byte[rows * columns],
            new WeightGrid.Step[rows * groups]);
    float[] w = weight.toFloatArray();
    if (group == columns || grids == Grids.STATIC) {
      fitBeforehand(run, w);
    }
    try (NDManager scope = weight.getManager().newSubManager()) {
      walk(run, scope.create(inProcessingOrder(run, w), new Shape(rows, columns)), scope);
    }
    return new Compressed(storage(run), note(factor));
  }

  /**
   * Fits all grids to the original weights; dead channels count as zero unless there is one scale
   * per output.
   */
  private static void fitBeforehand(Run run, float[] w) {
    IntStream.range(0, run.rows())
        .parallel()
        .forEach(
            row -> {
              double[] values = new double[run.columns()];
              for (int j = 0; j < run.columns(); j++) {
                boolean counts = run.groups() == 1 || !run.factor().dead()[j];
                values[j] = counts ? w[row * run.columns() + j] : 0;
              }
              for (int g = 0; g < run.groups(); g++) {
                int end = Math.min(run.columns(), (g + 1) * run.group());
                run.steps()[row * run.groups() + g] = run.grid().fit(values, g * run.group(), end);
              }
            });
  }

  /** The weights with columns in processing order, and those of dead channels zero. */
  private static double[] inProcessingOrder(Run run, float[] w) {
    double[] ordered = new double[w.length];
    int[] order = run.factor().order();
    IntStream.range(0, run.rows())
        .parallel()
        .forEach(
            row -> {
              for (int k = 0; k < order.length; k++) {
                boolean dead = run.factor().dead()[order[k]];
                ordered[row * order.length + k] = dead ? 0 : w[row * order.length + order[k]];
              }
            });
    return ordered;
  }

  /**
   * Block after block: round its columns on the host, then spread their errors over the rest as one
   * product.
   */
  private void walk(Run run, NDArray weights, NDManager scope) {
    NDArray rest = weights;
    // Whole groups in a block, so that a grid never needs columns whose errors are still to be
    // spread.
    int step =
        run.groups() == 1
            ? blockSize
            : Math.max(run.group(), blockSize / run.group() * run.group());
    for (int start = 0; start < run.columns(); start += step) {
      int width = Math.min(step, run.columns() - start);
      int end = start + width;
      NDArray upper = run.factor().upper();
      double[] block = rest.get(":, 0:" + width).toDoubleArray();
      double[] within = upper.get(start + ":" + end + ", " + start + ":" + end).toDoubleArray();
      double[] errors = roundColumns(run, block, within, start, width);
      if (end < run.columns()) {
        NDArray e = scope.create(errors, new Shape(run.rows(), width));
        NDArray spread = e.matMul(upper.get(start + ":" + end + ", " + end + ":"));
        NDArray next = rest.get(":, " + width + ":").subi(spread);
        e.close();
        spread.close();
        rest = next;
      }
    }
  }

  /**
   * Rounds the columns of one block; rows are independent, so each thread takes bands of them.
   *
   * @param block weights, {@code [rows, width]}
   * @param within the block of U on the diagonal, {@code [width, width]}
   * @return E = (w − ŵ) / U_jj, {@code [rows, width]}
   */
  private double[] roundColumns(Run run, double[] block, double[] within, int start, int width) {
    double[] errors = new double[block.length];
    IntStream.range(0, (run.rows() + BAND - 1) / BAND)
        .parallel()
        .forEach(
            band -> {
              int first = band * BAND;
              int rows = Math.min(BAND, run.rows() - first);
              double[][] w = new double[width][rows];
              for (int r = 0; r < rows; r++) {
                for (int k = 0; k < width; k++) {
                  w[k][r] = block[(first + r) * width + k];
                }
              }
              roundBand(run, first, w, within, start, errors);
            });
    return errors;
  }

  /**
   * Rounds a band of rows column after column, each time for all rows at once.
   *
   * @param first the first row
   * @param w weights, {@code [width][rows of the band]}, which take their own errors in
   * @param u the block of U on the diagonal, {@code [width, width]}
   * @param errors E of all rows, {@code [rows, width]}
   */
  private void roundBand(Run run, int first, double[][] w, double[] u, int start, double[] errors) {
    int width = w.length;
    int rows = w[0].length;
    double[][] atStart = grids == Grids.BLOCK_START ? copy(w) : w;
    double[] e = new double[rows];
    for (int j = 0; j < width; j++) {
      int channel = run.factor().order()[start + j];
      int g = groupOf(run, start + j, channel);
      if (run.groups() > 1 && grids != Grids.STATIC && (start + j) % run.group() == 0) {
        fit(run, first, g, atStart, j, Math.min(width, j + run.group()));
      }
      for (int r = 0; r < rows; r++) {
        WeightGrid.Step step = run.steps()[(first + r) * run.groups() + g];
        int code = run.grid().encode(w[j][r], step);
        run.codes()[(first + r) * run.columns() + channel] = (byte) code;
        e[r] = (w[j][r] - run.grid().decode(code, step)) / u[j * width + j];
        errors[(first + r) * width + j] = e[r];
      }
      for (int k = j + 1; k < width; k++) {
        subtract(u[j * width + k], e, w[k]);
      }
    }
  }

  /** w ← w − u · e: a loop of its own, which the compiler turns into one over vectors. */
  private static void subtract(double u, double[] e, double[] w) {
    for (int r = 0; r < w.length; r++) {
      w[r] -= u * e[r];
    }
  }

  /** Fits the grids of a group to columns {@code from .. to} of a band. */
  private static void fit(Run run, int first, int g, double[][] w, int from, int to) {
    double[] values = new double[to - from];
    for (int r = 0; r < w[0].length; r++) {
      for (int k = from; k < to; k++) {
        values[k - from] = w[k][r];
      }
      run.steps()[(first + r) * run.groups() + g] = run.grid().fit(values, 0, values.length);
    }
  }

  private static double[][] copy(double[][] w) {
    return Arrays.stream(w).map(double[]::clone).toArray(double[][]::new);
  }

  /**
   * The group of a column: its place in processing order, or with static grids its natural place.
   */
  private int groupOf(Run run, int place, int channel) {
    return (grids == Grids.STATIC ? channel : place) / run.group();
  }

  private Storage.Grid storage(Run run) {
    float[] scales = new float[run.steps().length];
    float[] zeros = new float[run.steps().length];
    for (int i = 0; i < scales.length; i++) {
      scales[i] = (float) run.steps()[i].scale();
      zeros[i] = (float) run.steps()[i].zero();
    }
    int[] groupOf = new int[run.columns()];
    int[] order = run.factor().order();
    for (int k = 0; k < groupOf.length; k++) {
      groupOf[order[k]] = groupOf(run, k, order[k]);
    }
    return new Storage.Grid(
        bits,
        run.rows(),
        run.columns(),
        symmetric,
        run.group(),
        run.codes(),
        scales,
        zeros,
        groupOf);
  }

  private static String note(InverseFactor factor) {
    List<String> notes = new ArrayList<>();
    if (!factor.note().isEmpty()) {
      notes.add(factor.note());
    }
    long dead = IntStream.range(0, factor.dead().length).filter(j -> factor.dead()[j]).count();
    if (dead > 0) {
      notes.add(dead + " dead channels zeroed");
    }
    return String.join("; ", notes);
  }
}
