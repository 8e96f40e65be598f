package tare.compress;

/**
 * The statistics that can be collected of a linear layer's inputs X {@code [tokens, channels]}
 * during calibration. Tokens count by their weights w.
 */
public enum Observed {
  /** Xᵀ diag(w) X, {@code [channels, channels]}. */
  GRAM,
  /**
   * diag(w)^½ X, {@code [tokens, channels]}. It is kept in place of {@link #GRAM} where tokens are
   * few and only {@link LayerInputs#energy} and {@link LayerInputs#norms} are asked for.
   */
  INPUTS,
  /**
   * How far the inputs drift from those X̃ of the original model: (X̃ − X)ᵀ diag(w) X, {@code
   * [channels, channels]}, not symmetric.
   */
  DRIFT,
  /** The sum of X² over the tokens, which is the diagonal of {@link #GRAM}, {@code [channels]}. */
  SQUARES,
  /** The mean of |X| over the tokens, {@code [channels]}. */
  MEAN_ABS,
  /** The largest |X| of the tokens whose weight is above 0, {@code [channels]}. */
  MAX_ABS
}
