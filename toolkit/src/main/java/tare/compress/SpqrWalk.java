package tare.compress;

import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.Objects;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** SpQR's walk along the columns of one weight, and what it has stored so far. */
final class SpqrWalk implements ColumnWalk.Rule {

  private static final int SECOND_LEVEL_SCALE_AND_ZERO_BITS = 32;

  /** Weights that are kept: places in the matrix, row-major, and values. */
  private record Kept(IntStream.Builder places, DoubleStream.Builder values) {
    Kept() {
      this(IntStream.builder(), DoubleStream.builder());
    }
  }

  private final Spqr method;
  private final RealZeroGrid grid;
  private final double tau;
  private final int rows;
  private final int columns;
  private final int groups;
  private final int[] order;
  private final byte[] codes;
  private final float[] scales;
  private final float[] zeros;
  private final Kept[] kept; // by band, each touched by one thread at a time

  /**
   * A walk that has stored nothing.
   *
   * @param shape of the weight
   * @param order processing order of its columns
   * @param tau τ: weights whose error ((w − ŵ)/U_jj)² is above it are outliers
   */
  SpqrWalk(Spqr method, Shape shape, int[] order, double tau) {
    this.method = method;
    this.tau = tau;
    this.order = order;
    grid = new RealZeroGrid(method.bits());
    rows = (int) shape.get(0);
    columns = (int) shape.get(1);
    groups = (columns + method.groupSize() - 1) / method.groupSize();
    codes = new byte[rows * columns];
    scales = new float[rows * groups];
    zeros = new float[rows * groups];
    kept = new Kept[(rows + ColumnWalk.BAND - 1) / ColumnWalk.BAND];
  }

  @Override
  public void compress(ColumnWalk.Band band, int j, double[] compressed) {
    int place = band.block().start() + j;
    int group = place / method.groupSize();
    double pivot = band.block().pivot(j);
    if (place % method.groupSize() == 0) {
      fit(band, j, group);
    }
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

  /** Fits the grids of a group whose first column is j, and quantizes them in turn. */
  private void fit(ColumnWalk.Band band, int j, int group) {
    int width = Math.min(method.groupSize(), band.block().width() - j);
    int count = band.columns()[j].length;
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
      if (method.leaveOneOut() && tau < Double.POSITIVE_INFINITY) {
        grid.leaveOneOut(values, u, gain);
        replaceOutliers(values, gain);
      }
      WeightGrid.Step step = grid.fit(values);
      s[r] = step.scale();
      z[r] = step.zero();
    }
    for (int run = 0; run < count; run += method.runLength()) {
      int end = Math.min(count, run + method.runLength());
      store(s, run, end, scales, band.firstRow(), group);
      store(z, run, end, zeros, band.firstRow(), group);
    }
  }

  /** Puts the mean of the others in the place of values that are likely to become outliers. */
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

  /** Stores a run of scales or zero points as their second-level grid decodes them. */
  private void store(
      double[] statistics, int from, int to, float[] stored, int firstRow, int group) {
    double[] decoded = secondLevel(Arrays.copyOfRange(statistics, from, to));
    for (int r = from; r < to; r++) {
      stored[(firstRow + r) * groups + group] = (float) decoded[r - from];
    }
  }

  private double[] secondLevel(double[] run) {
    if (method.scaleBits() == Spqr.PLAIN) {
      return run;
    }
    RealZeroGrid second = new RealZeroGrid(method.scaleBits());
    WeightGrid.Step step = second.fit(run);
    return Arrays.stream(run)
        .map(value -> second.decode(second.encode(value, step), step))
        .toArray();
  }

  /** All that was stored. */
  Storage.GridWithOutliers storage() {
    double bitsPerGroup = 2.0 * method.scaleBits();
    if (method.scaleBits() != Spqr.PLAIN) {
      bitsPerGroup += 2.0 * SECOND_LEVEL_SCALE_AND_ZERO_BITS / method.runLength();
    }
    int[] groupOf = new int[columns];
    for (int place = 0; place < columns; place++) {
      groupOf[order[place]] = place / method.groupSize();
    }
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
        method.bits(),
        rows,
        columns,
        bitsPerGroup,
        method.groupSize(),
        codes,
        scales,
        zeros,
        groupOf,
        Stream.of(kept)
            .filter(Objects::nonNull)
            .flatMapToInt(band -> band.places().build())
            .toArray(),
        floats);
  }
}
