package tare.calibrate;

/** In which steps the linear layers of a block are compressed. */
public enum Schedule {
  /** The inputs of all linear layers are observed at once, before any of them is compressed. */
  BLOCK("block by block"),
  /**
   * The inputs of each group are observed after the groups before it are compressed (GPTQ's {@code
   * --true-sequential}). Methods that are calibrated on the original model are not affected.
   */
  TRUE_SEQUENTIAL("true-sequential");

  private final String label;

  Schedule(String label) {
    this.label = label;
  }

  /** The schedule's name in results. */
  public String label() {
    return label;
  }
}
