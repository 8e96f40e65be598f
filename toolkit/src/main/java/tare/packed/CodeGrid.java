package tare.packed;

import java.util.stream.IntStream;

/**
 * A weight as codes on a grid: {@code (code − zero point) · scale}, in float32. Each output has a
 * scale and a zero point for each group of inputs.
 *
 * @param codes unsigned, {@code [outputs, inputs]}
 * @param outputs number of outputs
 * @param inputs number of inputs
 * @param scales {@code [outputs, groups]}
 * @param zeros zero points, {@code [outputs, groups]}
 * @param groupOf the group of each input
 */
record CodeGrid(
    byte[] codes, int outputs, int inputs, float[] scales, float[] zeros, int[] groupOf) {

  /**
   * The grid of a layout that stores {@code .scales} {@code [groups, outputs]}, and the groups of
   * the inputs in {@code .g_idx}, if anywhere.
   *
   * @param codes {@code [outputs, inputs]}
   * @param groupSize as config.json has it, see {@link LinearParts#requireGroups}
   * @param zeros zero points, {@code [groups, outputs]}
   */
  static CodeGrid byGroup(
      LinearParts parts,
      byte[] codes,
      int outputs,
      int inputs,
      int groups,
      int groupSize,
      byte[] zeros) {
    return new CodeGrid(
        codes,
        outputs,
        inputs,
        byOutput(parts.scales(".scales"), groups),
        byOutput(numbers(zeros), groups),
        parts.groups(".g_idx", inputs, groups, groupSize));
  }

  /** The weight, {@code [outputs, inputs]}. */
  float[] values() {
    float[] values = new float[outputs * inputs];
    int groups = scales.length / outputs;
    IntStream.range(0, outputs)
        .parallel()
        .forEach(
            row -> {
              for (int j = 0; j < inputs; j++) {
                int group = row * groups + groupOf[j];
                int code = codes[row * inputs + j] & 0xff;
                values[row * inputs + j] = (code - zeros[group]) * scales[group];
              }
            });
    return values;
  }

  /** Turns {@code [groups, outputs]} into {@code [outputs, groups]}. */
  static float[] byOutput(float[] values, int groups) {
    int outputs = values.length / groups;
    float[] turned = new float[values.length];
    for (int g = 0; g < groups; g++) {
      for (int row = 0; row < outputs; row++) {
        turned[row * groups + g] = values[g * outputs + row];
      }
    }
    return turned;
  }

  /** Unsigned codes as numbers. */
  static float[] numbers(byte[] codes) {
    float[] numbers = new float[codes.length];
    for (int i = 0; i < codes.length; i++) {
      numbers[i] = codes[i] & 0xff;
    }
    return numbers;
  }
}
