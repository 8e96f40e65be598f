package tare.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Rounds the inputs of a linear layer at run time, for instance for the A8 of W8A8. Each token has
 * one scale, and the grid is symmetric about zero (SmoothQuant, Xiao et al. 2023, section 2,
 * "per-token dynamic").
 *
 * <p>Whole numbers have the scale s = max|x|/(2^(bits−1) − 1). FP8 numbers (E4M3) have the scale s
 * = max|x|/448.
 *
 * @param bits bits per code, 2 to 8
 * @param fp8 whether the codes are FP8 numbers in place of whole numbers
 */
public record TokenGrid(int bits, boolean fp8) {

  /** FP8 numbers with four bits of exponent and three of mantissa. */
  public static final TokenGrid FP8 = new TokenGrid(8, true);

  private static final double LEAST = 1e-5;
  private static final double LARGEST_E4M3 = 448;

  /** Exponents of E4M3 above the least one, where numbers lie closest. */
  private static final int[] EXPONENTS = IntStream.rangeClosed(-5, 8).toArray();

  private static final double LEAST_STEP = Math.scalb(1.0, -9);

  /** A grid of whole numbers. */
  public TokenGrid(int bits) {
    this(bits, false);
  }

  /** Checks that the bits lie between 2 and 8. */
  public TokenGrid {
    if (bits < 2 || bits > 8) {
      throw new IllegalArgumentException("Inputs are rounded to 2 to 8 bits, not " + bits);
    }
  }

  /**
   * Rounds each token's channels to that token's grid and returns the rounded values.
   *
   * @param x {@code [.., channels]}, float32; the result belongs to its manager
   */
  public NDArray round(NDArray x) {
    double top = fp8 ? LARGEST_E4M3 : (1 << (bits - 1)) - 1;
    NDArray scale = x.abs().max(new int[] {-1}, true).maximum(LEAST).div(top);
    NDArray scaled = x.div(scale);
    return (fp8 ? e4m3(scaled) : scaled.round()).mul(scale);
  }

  /** The nearest E4M3 numbers of values up to 448; of two equally near, the even one. */
  static NDArray e4m3(NDArray values) {
    NDArray size = values.abs();
    NDArray above = size.gte(Math.scalb(1.0, EXPONENTS[0])).toType(DataType.FLOAT32, false);
    for (int exponent : Arrays.copyOfRange(EXPONENTS, 1, EXPONENTS.length)) {
      above.addi(size.gte(Math.scalb(1.0, exponent)).toType(DataType.FLOAT32, false));
    }
    NDArray step = values.getManager().create(2f).pow(above).mul(LEAST_STEP);
    return values.div(step).round().mul(step);
  }

  /** The text that recorded results name the grid by. */
  @Override
  public String toString() {
    return fp8 ? "TokenGrid[E4M3]" : "TokenGrid[bits=" + bits + "]";
  }
}
