package tare.grid;

import ai.djl.ndarray.NDArray;
import java.util.Locale;

/**
 * Rounds the inputs of a linear layer at run time, for instance for the A8 of W8A8. Nothing is
 * stored for it: scales come from the inputs themselves.
 *
 * <ul>
 *   <li>Whole numbers: each token has the scale s = max|x|/(2^(bits−1) − 1), and the grid is
 *       symmetric about zero (SmoothQuant, Xiao et al. 2023, section 2, "per-token dynamic").
 *   <li>FP8: each token has the scale s = max|x|/448.
 *   <li>MXFP4 and NVFP4: each token has the scales of a {@linkplain FloatGrid row} of a weight, one
 *       for each group of channels. Programs that run NVFP4 take the scale of the whole matrix from
 *       calibration; here it comes from the token.
 * </ul>
 *
 * @param bits bits per code, 2 to 8
 * @param format which numbers the codes stand for
 */
public record TokenGrid(int bits, NumberFormat.Kind format) {

  /** FP8 numbers. */
  public static final TokenGrid FP8 = of(NumberFormat.FP8);

  private static final double LEAST = 1e-5;

  /** A grid of whole numbers. */
  public TokenGrid(int bits) {
    this(bits, NumberFormat.Kind.INT);
  }

  /**
   * Checks the bits.
   *
   * @throws IllegalArgumentException if they do not lie between 2 and 8, or are not those of the
   *     format
   */
  public TokenGrid {
    if (bits < 2 || bits > 8) {
      throw new IllegalArgumentException("Inputs are rounded to 2 to 8 bits, not " + bits);
    }
    if (format != NumberFormat.Kind.INT && bits != format.bits()) {
      throw new IllegalArgumentException(
          format + " has " + format.bits() + " bits, so inputs cannot be rounded to " + bits);
    }
  }

  /** The grid of floating-point numbers. */
  public static TokenGrid of(NumberFormat numbers) {
    return new TokenGrid(numbers.kind().bits(), numbers.kind());
  }

  /**
   * Rounds each token's channels to that token's grid and returns the rounded values.
   *
   * @param x {@code [.., channels]}, float32; the result belongs to its manager
   * @throws IllegalArgumentException if the groups of the format do not divide the channels
   */
  public NDArray round(NDArray x) {
    return switch (format) {
      case INT -> {
        NDArray scale = largest(x).maximum(LEAST).div((1 << (bits - 1)) - 1);
        yield x.div(scale).round().mul(scale);
      }
      case FP8 -> {
        NDArray scale = largest(x).maximum(LEAST).div(format.element().largest());
        yield FloatGrid.of(NumberFormat.FP8, 0).nearest(x.div(scale)).mul(scale);
      }
      case MXFP4, NVFP4 -> {
        NDArray scale = groupScales(x);
        NDArray grouped = x.reshape(-1, scale.getShape().get(1), format.group());
        NDArray by = scale.expandDims(2);
        yield FloatGrid.of(new NumberFormat(format, 0), 0)
            .nearest(grouped.div(by))
            .mul(by)
            .reshape(x.getShape());
      }
    };
  }

  private static NDArray largest(NDArray x) {
    return x.abs().max(new int[] {-1}, true);
  }

  /** The scales of all groups, {@code [tokens, groups]}. */
  private NDArray groupScales(NDArray x) {
    long channels = x.getShape().get(x.getShape().dimension() - 1);
    if (channels % format.group() != 0) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s has groups of %d, which do not divide the %d inputs of a linear layer",
              format,
              format.group(),
              channels));
    }
    int groups = (int) (channels / format.group());
    NDArray sizes = largest(x.reshape(-1, groups, format.group()));
    float[] scales = sizes.toFloatArray();
    for (int token = 0; token < scales.length / groups; token++) {
      double most = 0;
      for (int g = 0; g < groups; g++) {
        most = Math.max(most, scales[token * groups + g]);
      }
      FloatGrid grid = FloatGrid.of(new NumberFormat(format, 0), most);
      for (int g = 0; g < groups; g++) {
        int at = token * groups + g;
        scales[at] = (float) (grid.scale(scales[at]) / grid.reciprocal());
      }
    }
    return x.getManager().create(scales).reshape(-1, groups);
  }

  /** The text that recorded results name the grid by. */
  @Override
  public String toString() {
    return switch (format) {
      case INT -> "TokenGrid[bits=" + bits + "]";
      case FP8 -> "TokenGrid[E4M3]";
      case MXFP4, NVFP4 -> "TokenGrid[" + format + "]";
    };
  }
}
