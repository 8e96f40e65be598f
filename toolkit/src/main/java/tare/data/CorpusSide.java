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

  /** Whether a text lies on this side. */
  public boolean holds(String text) {
    if (this == ALL) {
      return true;
    }
    boolean heldBack = Byte.toUnsignedInt(Sha256.digest(text)[0]) < BOUND;
    return heldBack == (this == HELD_BACK);
  }
}
