package tare.data;

/** How far a long computation has come; the command line draws a bar, a notebook one line. */
@FunctionalInterface
public interface Progress {

  /** Tells nobody. */
  Progress NONE = (stage, done, total) -> {};

  /**
   * One step is done.
   *
   * @param stage what is being done, for instance {@code compressing block}
   * @param done steps done, from 0
   * @param total steps in all
   */
  void at(String stage, long done, long total);
}
