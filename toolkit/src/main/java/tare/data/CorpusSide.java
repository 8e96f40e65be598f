package tare.data;

/**
 * Selects documents for calibration or for evaluation. A document is held back for evaluation when
 * the first byte of the SHA-256 of its UTF-8 text is below 26, which holds for about one in ten.
 * The same text therefore lies on the same side in every corpus.
 */
public enum CorpusSide {
  /** Documents from which calibration samples may be chosen. */
  TRAIN,
  /** Held-out documents, for evaluation only. */
  HELD_BACK,
  /** All documents. */
  ALL;

  private static final int BOUND = 26;

  /** The side of a text: {@link #TRAIN} or {@link #HELD_BACK}. */
  public static CorpusSide of(String text) {
    return Byte.toUnsignedInt(Sha256.digest(text)[0]) < BOUND ? HELD_BACK : TRAIN;
  }

  /** Whether a text lies on this side. */
  public boolean holds(String text) {
    return this == ALL || this == of(text);
  }

  /** Whether this side is the other one or all. */
  boolean holds(CorpusSide other) {
    return this == ALL || this == other;
  }
}
