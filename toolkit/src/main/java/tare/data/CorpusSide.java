package tare.data;

/**
 * Which documents of a corpus are used. A document is held back when the first byte of the SHA-256
 * of its UTF-8 text is below 26, about one in ten; so the same text lies on the same side in every
 * corpus.
 */
public enum CorpusSide {
  /** Documents from which calibration samples may be chosen. */
  TRAIN,
  /** Documents for evaluation only. */
  HELD_BACK,
  /** Both. */
  ALL;

  private static final int BOUND = 26;

  /** Whether a text lies on this side. */
  public boolean holds(String text) {
    if (this == ALL) {
      return true;
    }
    boolean heldBack = Byte.toUnsignedInt(Sha256.of(text)[0]) < BOUND;
    return heldBack == (this == HELD_BACK);
  }
}
