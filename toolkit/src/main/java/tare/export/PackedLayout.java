package tare.export;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.Map;
import tare.compress.Storage;
import tare.format.TensorBytes;

/**
 * How other tools store the codes of a quantized linear. All layouts hold the same codes and zero
 * points as {@link Storage.Grid}, and its scales as float16, so they decode to {@link
 * Storage.Grid#halfScales()} bit for bit.
 */
public sealed interface PackedLayout permits GptqLayout, AwqLayout, CompressedTensorsLayout {

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

    /** Those of one linear; a group of all its columns is one scale per output. */
    static Settings of(Storage.Grid grid) {
      boolean natural =
          Arrays.equals(
              grid.groupOf(), Storage.Grid.naturalGroups(grid.columns(), grid.groupSize()));
      int group = grid.groups() == 1 ? PER_CHANNEL : grid.groupSize();
      return new Settings(grid.bits(), group, grid.symmetric(), natural);
    }
  }

  /** The group size that stands for one scale per output. */
  int PER_CHANNEL = -1;

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
