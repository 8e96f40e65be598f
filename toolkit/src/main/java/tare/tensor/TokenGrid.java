package tare.tensor;

import ai.djl.ndarray.NDArray;

/**
 * Rounds the inputs of a linear layer at run time, for instance for the A8 of W8A8. Each token has
 * one scale, s = max|x|/(2^(bits−1) − 1), and the grid is symmetric about zero (SmoothQuant, Xiao
 * et al. 2023, section 2, "per-token dynamic").
 *
 * @param bits bits per code, 2 to 8
 */
public record TokenGrid(int bits) {

  private static final double LEAST = 1e-5;

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
    int top = (1 << (bits - 1)) - 1;
    NDArray scale = x.abs().max(new int[] {-1}, true).maximum(LEAST).div(top);
    return x.div(scale).round().mul(scale);
  }
}
