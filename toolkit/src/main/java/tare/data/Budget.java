package tare.data;

/**
 * The amount of calibration text: how many samples, and how long each is.
 *
 * @param samples number of samples, at least 1
 * @param tokensPerSample length of each sample in tokens, at least 2
 */
public record Budget(int samples, int tokensPerSample) {

  /** Checks both numbers. */
  public Budget {
    if (samples < 1 || tokensPerSample < 2) {
      throw new IllegalArgumentException(
          "A budget needs at least 1 sample of at least 2 tokens; got "
              + samples
              + " x "
              + tokensPerSample
              + ".");
    }
  }

  /** Total number of tokens. */
  public long tokens() {
    return (long) samples * tokensPerSample;
  }
}
