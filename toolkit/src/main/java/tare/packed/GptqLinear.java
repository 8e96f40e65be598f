package tare.packed;

import ai.djl.ndarray.types.Shape;
import java.util.Set;
import tare.format.WordMatrix;

/**
 * The layout of GPTQ checkpoints. {@code qweight} {@code [inputs·bits/32, outputs]} holds the codes
 * as a stream along the inputs, {@code qzeros} {@code [groups, outputs·bits/32]} the zero points as
 * a stream along the outputs, {@code scales} is {@code [groups, outputs]}, and {@code g_idx} holds
 * the group of each input.
 *
 * @param bits 2, 3, 4 or 8
 * @param version 1, which stores each zero point minus one, or 2
 * @param actOrder whether groups follow act-order, so that {@code g_idx} must be there
 * @param symmetric whether all zero points must be 2^(bits−1)
 * @param groupSize inputs that share a scale; −1 for all; 0 if the folder does not say
 */
record GptqLinear(int bits, int version, boolean actOrder, boolean symmetric, int groupSize)
    implements StoredLinear {

  private static final int WORD = 32;

  @Override
  public String mark() {
    return ".qweight";
  }

  @Override
  public Set<String> parts() {
    return Set.of(".qweight", ".qzeros", ".scales", ".g_idx");
  }

  @Override
  public Shape shape(LinearParts parts) {
    Shape words = parts.matrix(mark());
    return new Shape(words.get(1), words.get(0) * WORD / bits);
  }

  @Override
  public float[] values(LinearParts parts) {
    int outputs = (int) shape(parts).get(0);
    int inputs = (int) shape(parts).get(1);
    int groups = (int) parts.matrix(".scales").get(0);
    parts.require(".scales", groups, outputs);
    parts.requireGroups(".scales", inputs, groups, groupSize);
    if (actOrder) {
      parts.require(".g_idx", inputs);
    }
    WordMatrix zeros = parts.words(".qzeros", groups, (long) outputs * bits / WORD);
    byte[] codes = parts.words(mark()).transposed().values(inputs, bits);
    byte[] zeroPoints = zeroPoints(zeros, outputs);
    requireSymmetric(parts, zeroPoints);
    return CodeGrid.byGroup(parts, codes, outputs, inputs, groups, groupSize, zeroPoints).values();
  }

  private void requireSymmetric(LinearParts parts, byte[] zeroPoints) {
    int middle = 1 << (bits - 1);
    for (byte zero : zeroPoints) {
      if (symmetric && (zero & 0xff) != middle) {
        throw parts.broken(
            ".qzeros",
            "has the zero point "
                + (zero & 0xff)
                + ", but config.json says sym true, which is "
                + middle
                + ". Perhaps checkpoint_format is another version");
      }
    }
  }

  /**
   * The zero points. Version 1 was made by subtracting one from each number of a word at once, so
   * that a zero point of 0 borrows from its neighbour. One is added in the same way.
   */
  private byte[] zeroPoints(WordMatrix stored, int outputs) {
    if (version == 2) {
      return stored.values(outputs, bits);
    }
    if (WORD % bits == 0) {
      int[] words = stored.words().clone();
      int ones = (int) (0xffffffffL / ((1L << bits) - 1));
      for (int i = 0; i < words.length; i++) {
        words[i] += ones;
      }
      return new WordMatrix(stored.rows(), stored.columns(), words).values(outputs, bits);
    }
    byte[] codes = stored.values(outputs, bits);
    int mask = (1 << bits) - 1;
    for (int i = 0; i < codes.length; i++) {
      codes[i] = (byte) ((codes[i] + 1) & mask);
    }
    return codes;
  }
}
