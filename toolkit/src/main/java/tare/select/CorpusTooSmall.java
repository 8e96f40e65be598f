package tare.select;

/** A corpus has fewer windows than a set needs. */
public final class CorpusTooSmall extends IllegalArgumentException {

  private static final long serialVersionUID = 1;

  CorpusTooSmall(String message) {
    super(message);
  }
}
