package tare.data;

/**
 * Receives the progress of a long computation. The command line draws a bar; a notebook updates one
 * line.
 */
@FunctionalInterface
public interface Progress {

  /** Ignores all progress. */
  Progress NONE = (stage, done, total) -> {};

  /**
   * Called when a step is done.
   *
   * @param stage name of the activity, for instance {@code compressing block}
   * @param done number of steps done, from 0
   * @param total number of all steps
   */
  void at(String stage, long done, long total);
}
