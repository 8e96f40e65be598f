package tare.select.activation;

import java.util.Locale;

/** A statistic of one channel over the counted tokens of one window. */
public enum Moment {
  /** E|x|, from which AWQ takes its scales. */
  MEAN_ABS,
  /** E x², the diagonal of GPTQ's Hessian. */
  MEAN_SQUARE,
  /** E x, with its sign. */
  MEAN,
  /** max |x|, from which SmoothQuant takes its factors. Not additive over windows. */
  MAX_ABS;

  /** The ending of file names with this moment. */
  String ending() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
