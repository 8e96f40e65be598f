package tare.compress;

/** What can be observed of a linear's inputs X {@code [tokens, channels]} during calibration. */
public enum Observed {
  /** XᵀX, {@code [channels, channels]}. */
  GRAM,
  /** The mean of |X| over all tokens, {@code [channels]}. */
  MEAN_ABS,
  /** The largest |X| of all tokens, {@code [channels]}. */
  MAX_ABS
}
