package tare.calibrate;

/** In which steps the linears of a block are compressed. */
public enum Schedule {
  /** The inputs of all linears are observed at once, before any of the block is compressed. */
  BLOCK("block by block"),
  /**
   * Group after group: the inputs of each are observed when those before it are compressed (GPTQ's
   * {@code --true-sequential}). Nothing changes for methods that are calibrated on the original
   * model.
   */
  TRUE_SEQUENTIAL("true-sequential");

  private final String label;

  Schedule(String label) {
    this.label = label;
  }

  /** What results call it. */
  public String label() {
    return label;
  }
}
