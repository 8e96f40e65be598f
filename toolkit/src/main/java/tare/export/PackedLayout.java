package tare.export;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.Optional;
import tare.format.TensorBytes;
import tare.grid.NumberFormat;
import tare.grid.Storage;
import tare.grid.TokenGrid;

/**
 * How other tools store the codes of a quantized linear layer. Every layout of whole numbers holds
 * the codes and zero points of {@link Storage.Grid}, and its scales as float16; {@link FloatLayout}
 * holds {@link Storage.Floats}. So all layouts decode to {@link Storage#stored()} bit for bit.
 */
public sealed interface PackedLayout
    permits GptqLayout, AwqLayout, CompressedTensorsLayout, IntQuantizedLayout, FloatLayout {

  /** The name of the layout, as the command line's {@code --format} says it. */
  String label();

  /**
   * The settings that all linear layers share, known before they are quantized.
   *
   * @param bits bits per code
   * @param groupSize columns that share a scale, or {@link #PER_CHANNEL}
   * @param symmetric whether all zero points are 2^(bits-1)
   * @param natural whether column j belongs to group j / groupSize; otherwise the groups follow
   *     act-order
   * @param format which numbers the codes stand for
   */
  record Settings(
      int bits, int groupSize, boolean symmetric, boolean natural, NumberFormat.Kind format) {

    /** Settings of whole numbers. */
    public Settings(int bits, int groupSize, boolean symmetric, boolean natural) {
      this(bits, groupSize, symmetric, natural, NumberFormat.Kind.INT);
    }

    /**
     * The common settings of linear layers. If each has a single group, each output has one scale.
     *
     * @throws IllegalArgumentException if the linear layers differ in a setting
     */
    static Settings of(Map<String, Storage.Coded> linears) {
      boolean perChannel = linears.values().stream().allMatch(coded -> coded.groups() == 1);
      Settings common = null;
      for (Map.Entry<String, Storage.Coded> each : linears.entrySet()) {
        Storage.Coded coded = each.getValue();
        int group = perChannel ? PER_CHANNEL : coded.groupSize();
        Settings found =
            coded instanceof Storage.Grid grid
                ? new Settings(grid.bits(), group, grid.symmetric(), grid.isNatural())
                : of((Storage.Floats) coded, group);
        if (common != null && !common.equals(found)) {
          throw new IllegalArgumentException(
              each.getKey()
                  + " has "
                  + found
                  + ", but another linear layer has "
                  + common
                  + "; a packed folder has one setting for all: use --format dense");
        }
        common = found;
      }
      return common;
    }

    private static Settings of(Storage.Floats floats, int group) {
      NumberFormat.Kind format = floats.format();
      return new Settings(format.bits(), group, true, floats.isNatural(), format);
    }

    /**
     * Refuses floating-point codes in a layout of whole numbers.
     *
     * @throws IllegalArgumentException with a remedy
     */
    void requireWholeNumbers(String layout) {
      if (format != NumberFormat.Kind.INT) {
        throw new IllegalArgumentException(
            "the "
                + layout
                + " layout holds whole numbers, not "
                + format
                + ": use --format compressed-tensors or dense");
      }
    }
  }

  /** The group size that means one scale per output. */
  int PER_CHANNEL = -1;

  /** The grid to which readers round the inputs when the model runs, if any. */
  default Optional<TokenGrid> inputs() {
    return Optional.empty();
  }

  /**
   * Checks that a linear layer fits the layout.
   *
   * @param linear its name, for the message
   * @throws IllegalArgumentException if it does not fit, with the reason and a remedy
   */
  void require(String linear, int rows, int columns, Settings settings);

  /**
   * The tensors that replace the weight of a linear layer.
   *
   * @param module name of the linear layer without {@code .weight}
   * @param coded codes that {@linkplain #require fit}
   */
  Map<String, TensorBytes> tensors(String module, Storage.Coded coded);

  /**
   * The section {@code quantization_config} of config.json.
   *
   * @param settings common to all linear layers
   */
  ObjectNode config(Settings settings);

  /**
   * Refuses a linear layer whose last group would be short, because no layout can store one.
   *
   * @throws IllegalArgumentException naming the sizes
   */
  static void requireWholeGroups(String linear, int columns, Settings settings) {
    if (settings.groupSize() != PER_CHANNEL && columns % settings.groupSize() != 0) {
      throw new IllegalArgumentException(
          linear
              + " has "
              + columns
              + " inputs, which is not a multiple of the group size "
              + settings.groupSize()
              + ": use a group size that divides it, for instance "
              + Integer.highestOneBit(Math.min(settings.groupSize(), columns & -columns)));
    }
  }

  /** Transposes scales {@code [rows, groups]} to {@code [groups, rows]}. */
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
