package tare.packed;

import ai.djl.ndarray.types.Shape;
import java.util.Set;
import tare.format.WordMatrix;

/**
 * The {@code gemm} layout of AWQ checkpoints, with 4 bits. {@code qweight} {@code [inputs,
 * outputs/8]} and {@code qzeros} {@code [groups, outputs/8]} are packed along the outputs, with the
 * eight numbers of a word interleaved; {@code scales} is {@code [groups, outputs]}.
 *
 * @param groupSize inputs that share a scale; −1 for all; 0 if the folder does not say
 */
record AwqLinear(int groupSize) implements StoredLinear {

  private static final int BITS = 4;

  /** For each place of a word, which of eight neighbours it holds. */
  private static final int[] ORDER = {0, 2, 4, 6, 1, 3, 5, 7};

  @Override
  public String mark() {
    return ".qweight";
  }

  @Override
  public Set<String> parts() {
    return Set.of(".qweight", ".qzeros", ".scales");
  }

  @Override
  public Shape shape(LinearParts parts) {
    Shape words = parts.matrix(mark());
    return new Shape(words.get(1) * ORDER.length, words.get(0));
  }

  @Override
  public float[] values(LinearParts parts) {
    int outputs = (int) shape(parts).get(0);
    int inputs = (int) shape(parts).get(1);
    int groups = (int) parts.matrix(".scales").get(0);
    parts.require(".scales", groups, outputs);
    parts.requireGroups(".scales", inputs, groups, groupSize);
    byte[] byInput = neighbours(parts.words(mark()), outputs);
    byte[] codes = new byte[byInput.length];
    for (int j = 0; j < inputs; j++) {
      for (int row = 0; row < outputs; row++) {
        codes[row * inputs + j] = byInput[j * outputs + row];
      }
    }
    byte[] zeros = neighbours(parts.words(".qzeros", groups, outputs / ORDER.length), outputs);
    return CodeGrid.byGroup(parts, codes, outputs, inputs, groups, groupSize, zeros).values();
  }

  /** Unpacks words and undoes their order. */
  private static byte[] neighbours(WordMatrix words, int count) {
    byte[] interleaved = words.values(count, BITS);
    byte[] codes = new byte[interleaved.length];
    for (int i = 0; i < codes.length; i++) {
      codes[i - i % ORDER.length + ORDER[i % ORDER.length]] = interleaved[i];
    }
    return codes;
  }
}
