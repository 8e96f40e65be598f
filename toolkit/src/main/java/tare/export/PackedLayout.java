package tare.export;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import tare.compress.Storage;
import tare.format.TensorBytes;
import tare.tensor.TokenGrid;

/**
 * How other tools store the codes of a quantized linear. All layouts hold the same codes and zero
 * points as {@link Storage.Grid}, and its scales as float16, so they decode to {@link
 * Storage#stored()} bit for bit.
 */
public sealed interface PackedLayout
    permits GptqLayout, AwqLayout, CompressedTensorsLayout, IntQuantizedLayout {

  /**
   * What all linears have in common, known before they are quantized.
   *
   * @param bits bits of a code
   * @param groupSize columns that share a scale, or {@link #PER_CHANNEL}
   * @param symmetric whether all zero points are 2^(bits-1)
   * @param natural whether column j belongs to group j / groupSize; otherwise the groups follow
   *     act-order
   */
  record Settings(int bits, int groupSize, boolean symmetric, boolean natural) {

    /**
     * Those of some linears; if each has but one group, it has one scale per output.
     *
     * @throws IllegalArgumentException if they differ in anything
     */
    static Settings of(Map<String, Storage.Grid> grids) {
      boolean perChannel = grids.values().stream().allMatch(grid -> grid.groups() == 1);
      Settings common = null;
      for (Map.Entry<String, Storage.Grid> each : grids.entrySet()) {
        Storage.Grid grid = each.getValue();
        int group = perChannel ? PER_CHANNEL : grid.groupSize();
        Settings found = new Settings(grid.bits(), group, grid.symmetric(), isNatural(grid));
        if (common != null && !common.equals(found)) {
          throw new IllegalArgumentException(
              each.getKey()
                  + " has "
                  + found
                  + ", another linear "
                  + common
                  + "; a packed folder has one setting for all: use --format dense");
        }
        common = found;
      }
      return common;
    }
  }

  /** The group size that stands for one scale per output. */
  int PER_CHANNEL = -1;

  /** The grid that readers round the linears' inputs to when the model runs, if any. */
  default Optional<TokenGrid> inputs() {
    return Optional.empty();
  }

  /**
   * Checks that a linear fits the layout.
   *
   * @param linear its name, for the message
   * @throws IllegalArgumentException if it does not, with the reason and a remedy
   */
  void require(String linear, int rows, int columns, Settings settings);

  /**
   * The tensors that stand in place of a linear's weight.
   *
   * @param module name of the linear without {@code .weight}
   * @param grid a grid that {@linkplain #require fits}
   */
  Map<String, TensorBytes> tensors(String module, Storage.Grid grid);

  /**
   * The section {@code quantization_config} of config.json.
   *
   * @param settings of all linears
   */
  ObjectNode config(Settings settings);

  /**
   * Refuses a linear whose last group would be short, as no layout has room for one.
   *
   * @throws IllegalArgumentException naming the sizes
   */
  static void requireWholeGroups(String linear, int columns, Settings settings) {
    if (settings.groupSize() != PER_CHANNEL && columns % settings.groupSize() != 0) {
      throw new IllegalArgumentException(
          linear
              + " has "
              + columns
              + " inputs, which groups of "
              + settings.groupSize()
              + " do not divide: give a group size that does, for instance "
              + Integer.highestOneBit(Math.min(settings.groupSize(), columns & -columns)));
    }
  }

  /** Whether column j belongs to group j / groupSize. */
  static boolean isNatural(Storage.Grid grid) {
    return Arrays.equals(
        grid.groupOf(), Storage.Grid.naturalGroups(grid.columns(), grid.groupSize()));
  }

  /** Scales {@code [rows, groups]} as {@code [groups, rows]}. */
  static float[] byGroup(float[] values, int rows, int groups) {
    float[] turned = new float[values.length];
    for (int row = 0; row < rows; row++) {
      for (int g = 0; g < groups; g++) {
        turned[g * rows + row] = values[row * groups + g];
      }
    }
    return turned;
  }

  /** Zero points plus an offset as codes, {@code [groups, rows]}. */
  static byte[] zerosByGroup(Storage.Grid grid, int offset) {
    float[] zeros = byGroup(grid.zeros(), grid.rows(), grid.groups());
    byte[] codes = new byte[zeros.length];
    int mask = (1 << grid.bits()) - 1;
    for (int i = 0; i < codes.length; i++) {
      codes[i] = (byte) (((int) zeros[i] + offset) & mask);
    }
    return codes;
  }
}
