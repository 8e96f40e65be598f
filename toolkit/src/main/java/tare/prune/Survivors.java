package tare.prune;

import java.util.stream.IntStream;
import tare.compress.Storage;
import tare.quantize.Rtn;
import tare.quantize.WeightGrid;

/** Takes the weights that SparseGPT leaves, as they are or rounded to a grid. */
interface Survivors {

  /**
   * Takes a weight.
   *
   * @param at its place, row-major
   * @return what is kept of it
   */
  double keep(int at, double weight);

  /** All that was taken, and zeros. */
  Storage storage(boolean[] pruned);

  /** Survivors that stay as they are. */
  static Survivors kept(int size) {
    float[] values = new float[size];
    return new Survivors() {
      @Override
      public double keep(int at, double weight) {
        values[at] = (float) weight;
        return weight;
      }

      @Override
      public Storage storage(boolean[] pruned) {
        return new Storage.Sparse(values, pruned);
      }
    };
  }

  /**
   * Survivors on a grid that is fitted to the original weights; dead channels count as zero unless
   * there is one scale per output. Zero lies on the grid, so pruned weights are exactly zero.
   */
  static Survivors rounded(Rtn rounding, float[] original, int columns, boolean[] dead) {
    int rows = original.length / columns;
    int group = rounding.groupSize() == Rtn.PER_CHANNEL ? columns : rounding.groupSize();
    int groups = (columns + group - 1) / group;
    WeightGrid grid = new WeightGrid(rounding.bits(), rounding.symmetric(), false);
    WeightGrid.Step[] steps = new WeightGrid.Step[rows * groups];
    byte[] codes = new byte[original.length];
    IntStream.range(0, rows)
        .parallel()
        .forEach(
            row -> {
              double[] values = new double[columns];
              for (int j = 0; j < columns; j++) {
                values[j] = groups > 1 && dead[j] ? 0 : original[row * columns + j];
              }
              for (int g = 0; g < groups; g++) {
                steps[row * groups + g] =
                    grid.fit(values, g * group, Math.min(columns, (g + 1) * group));
              }
            });
    return new Survivors() {
      @Override
      public double keep(int at, double weight) {
        WeightGrid.Step step = steps[at / columns * groups + at % columns / group];
        int code = grid.encode(weight, step);
        codes[at] = (byte) code;
        return grid.decode(code, step);
      }

      @Override
      public Storage storage(boolean[] pruned) {
        float[] scales = new float[steps.length];
        float[] zeros = new float[steps.length];
        for (int i = 0; i < steps.length; i++) {
          scales[i] = (float) steps[i].scale();
          zeros[i] = (float) steps[i].zero();
        }
        for (int i = 0; i < codes.length; i++) {
          if (pruned[i]) {
            codes[i] = (byte) zeros[i / columns * groups + i % columns / group];
          }
        }
        return new Storage.Grid(
            rounding.bits(),
            rows,
            columns,
            rounding.symmetric(),
            group,
            codes,
            scales,
            zeros,
            Storage.Grid.naturalGroups(columns, group));
      }
    };
  }
}
