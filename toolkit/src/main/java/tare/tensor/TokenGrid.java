package tare.tensor;

import ai.djl.ndarray.NDArray;

/**
 * The grid that a linear's inputs are rounded to at run time, for instance the A8 of W8A8: one
 * scale per token, s = max|x|/(2^(bits−1) − 1), symmetric about zero (SmoothQuant, Xiao et al.
 * 2023, section 2, "per-token dynamic").
 *
 * @param bits bits of a code, 2 to 8
 */
public record TokenGrid(int bits) {

  private static final double LEAST = 1e-5;

  /** Checks the bits. */
  public TokenGrid {
    if (bits < 2 || bits > 8) {
      throw new IllegalArgumentException("Inputs are rounded to 2 to 8 bits, not " + bits);
    }
  }

  /**
   * Rounds each token's channels to its grid, and back to what the codes stand for.
   *
   * @param x {@code [.., channels]}, float32; the result belongs to its manager
   */
  public NDArray round(NDArray x) {
    int top = (1 << (bits - 1)) - 1;
    NDArray scale = x.abs().max(new int[] {-1}, true).maximum(LEAST).div(top);
    return x.div(scale).round().mul(scale);
  }
}
