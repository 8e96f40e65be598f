package tare.select.activation;

import java.util.Locale;

/** A statistic of the channels of a point over the counted tokens of one window. */
public enum Moment {
  /** E|x|, from which AWQ takes its scales. */
  MEAN_ABS,
  /** E x², the diagonal of GPTQ's Hessian. */
  MEAN_SQUARE,
  /** E x, with its sign. */
  MEAN,
  /** max |x|, from which SmoothQuant takes its factors. Not additive over windows. */
  MAX_ABS,
  /** E xxᵀ without its diagonal, in random directions. See {@link GramSketch}. */
  GRAM;

  /** Number of values at a point. */
  int values(int channels) {
    return this == GRAM ? GramSketch.PRODUCTS : channels;
  }

  /** The layout of the statistic's vectors, for a layout of channels. */
  PointLayout layout(PointLayout channels) {
    return this == GRAM ? channels.resized(this::values) : channels;
  }

  /** The ending of file names with this moment. */
  String ending() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
