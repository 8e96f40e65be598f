package tare.format;

/**
 * Packs small unsigned numbers into 32-bit words. Each row is one stream of bits, lowest bits
 * first; a number may straddle two words. Unused bits of a row's last word are zero.
 *
 * @param rows number of rows
 * @param columns words per row
 * @param words the words, row-major
 */
public record WordMatrix(int rows, int columns, int[] words) {

  /**
   * Packs the rows of a matrix.
   *
   * @param values unsigned, {@code [rows, columns]}
   * @param bits bits per value, 1 to 8
   */
  public static WordMatrix of(byte[] values, int rows, int columns, int bits) {
    int perRow = (columns * bits + 31) / 32;
    int[] words = new int[rows * perRow];
    for (int row = 0; row < rows; row++) {
      for (int j = 0; j < columns; j++) {
        int value = values[row * columns + j] & 0xff;
        int at = row * perRow + j * bits / 32;
        int shift = j * bits % 32;
        words[at] |= value << shift;
        if (shift + bits > 32) {
          words[at + 1] |= value >>> (32 - shift);
        }
      }
    }
    return new WordMatrix(rows, perRow, words);
  }

  /**
   * Unpacks the numbers.
   *
   * @param count numbers per row
   * @return unsigned, {@code [rows, count]}
   */
  public byte[] values(int count, int bits) {
    byte[] values = new byte[rows * count];
    int mask = (1 << bits) - 1;
    for (int row = 0; row < rows; row++) {
      for (int j = 0; j < count; j++) {
        int at = row * columns + j * bits / 32;
        int shift = j * bits % 32;
        int value = words[at] >>> shift;
        if (shift + bits > 32) {
          value |= words[at + 1] << (32 - shift);
        }
        values[row * count + j] = (byte) (value & mask);
      }
    }
    return values;
  }

  /** The transposed matrix of words. */
  public WordMatrix transposed() {
    int[] turned = new int[words.length];
    for (int row = 0; row < rows; row++) {
      for (int j = 0; j < columns; j++) {
        turned[j * rows + row] = words[row * columns + j];
      }
    }
    return new WordMatrix(columns, rows, turned);
  }
}
