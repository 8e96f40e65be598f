package tare.compress;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.stream.IntStream;
import tare.grid.Storage;
import tare.tensor.Lowest;

/**
 * Says which weights compete with each other, and how many of them are pruned: those with the
 * smallest scores, and of equal scores the first. Counts are exact: int(share · size).
 */
public sealed interface SparsityPattern {

  /** A share of all weights that a method compares; for {@link Wanda}, a share of each row. */
  static SparsityPattern share(double sparsity) {
    return new Share(sparsity);
  }

  /** A share of each row, so that every output keeps the same number of weights. */
  static SparsityPattern rows(double sparsity) {
    return new Rows(sparsity);
  }

  /** A share of the whole matrix, whatever the rows. */
  static SparsityPattern matrix(double sparsity) {
    return new Matrix(sparsity);
  }

  /**
   * N zeros among every M consecutive inputs of a row, for instance 2:4.
   *
   * @param zeros N
   * @param among M
   */
  static SparsityPattern nOfM(int zeros, int among) {
    return new EveryFew(zeros, among);
  }

  /**
   * Reads a pattern as study files and the command line write it: {@code 2:4}, or a share such as
   * {@code 0.5}. {@link Object#toString} writes the same text.
   *
   * @throws IllegalArgumentException if the text is neither
   */
  @JsonCreator
  static SparsityPattern parse(String text) {
    try {
      if (text.endsWith(Rows.SUFFIX)) {
        return rows(Double.parseDouble(text.substring(0, text.length() - Rows.SUFFIX.length())));
      }
      if (text.endsWith(Matrix.SUFFIX)) {
        return matrix(
            Double.parseDouble(text.substring(0, text.length() - Matrix.SUFFIX.length())));
      }
      String[] parts = text.split(":", -1);
      return parts.length == 2
          ? nOfM(Integer.parseInt(parts[0]), Integer.parseInt(parts[1]))
          : share(Double.parseDouble(text));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "Sparsity must be a share such as 0.5, or N:M such as 2:4; got " + text, e);
    }
  }

  /** Sparsity: the share of weights that become zero. */
  double sparsity();

  /** Returns this pattern. A share without a scope becomes a share of each row. */
  default SparsityPattern inRows() {
    return this;
  }

  /**
   * Marks the weights to prune.
   *
   * @param scores {@code [rows, columns]}, row-major
   * @return true where a weight is pruned, row-major
   * @throws IllegalArgumentException if a score is NaN or infinite, or the columns do not suit
   */
  boolean[] lowest(float[] scores, int rows, int columns);

  /**
   * Sets the weights with the lowest scores to zero and keeps the others.
   *
   * @param weight W, {@code [out, in]}; not changed
   * @param scores of the same shape, float32
   * @throws IllegalArgumentException if a score is NaN or infinite, or the shape does not suit
   */
  default Compressed prune(NDArray weight, NDArray scores) {
    if (!scores.getShape().equals(weight.getShape())) {
      throw new IllegalArgumentException(
          "the scores have shape " + scores.getShape() + ", the weight " + weight.getShape());
    }
    int rows = (int) weight.getShape().get(0);
    int columns = (int) weight.getShape().get(1);
    boolean[] pruned = lowest(scores.toFloatArray(), rows, columns);
    float[] values = weight.toFloatArray();
    for (int i = 0; i < values.length; i++) {
      int kept = pruned[i] ? 0 : -1; // no branch, as half of all weights may be pruned
      values[i] = Float.intBitsToFloat(kept & Float.floatToRawIntBits(values[i]));
    }
    return new Compressed(new Storage.Sparse(values, pruned), "");
  }

  /**
   * A share of the scores that the method compares: of all scores, or of each row.
   *
   * @param sparsity at least 0, below 1
   */
  record Share(double sparsity) implements SparsityPattern {

    /** Checks the share. */
    public Share {
      requireShare(sparsity);
    }

    @Override
    public SparsityPattern inRows() {
      return new Rows(sparsity);
    }

    @Override
    public boolean[] lowest(float[] scores, int rows, int columns) {
      return new Matrix(sparsity).lowest(scores, rows, columns);
    }

    @Override
    @JsonValue
    public String toString() {
      return Double.toString(sparsity);
    }
  }

  /**
   * A share of each row.
   *
   * @param sparsity at least 0, below 1
   */
  record Rows(double sparsity) implements SparsityPattern {

    private static final String SUFFIX = " of each row";

    /** Checks the share. */
    public Rows {
      requireShare(sparsity);
    }

    @Override
    public boolean[] lowest(float[] scores, int rows, int columns) {
      boolean[] pruned = new boolean[scores.length];
      int count = (int) (sparsity * columns);
      IntStream.range(0, rows)
          .parallel()
          .forEach(row -> Lowest.mark(scores, row * columns, (row + 1) * columns, count, pruned));
      return pruned;
    }

    @Override
    @JsonValue
    public String toString() {
      return sparsity + SUFFIX;
    }
  }

  /**
   * A share of the whole matrix.
   *
   * @param sparsity at least 0, below 1
   */
  record Matrix(double sparsity) implements SparsityPattern {

    private static final String SUFFIX = " of the matrix";

    /** Checks the share. */
    public Matrix {
      requireShare(sparsity);
    }

    @Override
    public boolean[] lowest(float[] scores, int rows, int columns) {
      boolean[] pruned = new boolean[scores.length];
      Lowest.mark(scores, 0, scores.length, (int) (sparsity * scores.length), pruned);
      return pruned;
    }

    @Override
    @JsonValue
    public String toString() {
      return sparsity + SUFFIX;
    }
  }

  /**
   * {@code zeros} among every {@code among} consecutive inputs of a row.
   *
   * @param zeros N, at least 1
   * @param among M, more than N
   */
  record EveryFew(int zeros, int among) implements SparsityPattern {

    /** Checks the numbers. */
    public EveryFew {
      if (zeros < 1 || zeros >= among) {
        throw new IllegalArgumentException(
            "N:M must have at least 1 zero and fewer than M, for instance 2:4; got "
                + zeros
                + ":"
                + among);
      }
    }

    @Override
    public double sparsity() {
      return (double) zeros / among;
    }

    /**
     * Checks that a row divides into runs of M.
     *
     * @throws IllegalArgumentException if it does not
     */
    void requireDivides(int columns) {
      if (columns % among != 0) {
        throw new IllegalArgumentException(
            columns + " inputs do not divide into runs of " + among + " for " + this);
      }
    }

    @Override
    public boolean[] lowest(float[] scores, int rows, int columns) {
      requireDivides(columns);
      boolean[] pruned = new boolean[scores.length];
      IntStream.range(0, rows)
          .parallel()
          .forEach(
              row -> {
                for (int j = row * columns; j < (row + 1) * columns; j += among) {
                  Lowest.mark(scores, j, j + among, zeros, pruned);
                }
              });
      return pruned;
    }

    @Override
    @JsonValue
    public String toString() {
      return zeros + ":" + among;
    }
  }

  private static void requireShare(double sparsity) {
    if (!(sparsity >= 0 && sparsity < 1)) {
      throw new IllegalArgumentException(
          "Sparsity must be at least 0 and below 1; got " + sparsity);
    }
  }
}
