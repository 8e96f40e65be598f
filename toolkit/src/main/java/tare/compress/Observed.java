package tare.compress;

/**
 * The statistics that can be collected of a linear layer's inputs X {@code [tokens, channels]}
 * during calibration.
 */
public enum Observed {
  /** XᵀX, {@code [channels, channels]}. */
  GRAM,
  /** The mean of |X| over all tokens, {@code [channels]}. */
  MEAN_ABS,
  /** The largest |X| of all tokens, {@code [channels]}. */
  MAX_ABS
}
