package tare.cli;

/** Forecasts how long work will still take, from the duration of its finished part. */
final class TimeLeft {

  private final double work;
  private final boolean inSeconds;
  private double finished;

  /**
   * A forecast before any work is done.
   *
   * @param work the whole work, in any unit
   * @param inSeconds whether the unit is expected seconds; else there is no forecast before a part
   *     is done
   */
  TimeLeft(double work, boolean inSeconds) {
    this.work = work;
    this.inSeconds = inSeconds;
  }

  /** Adds a finished part. */
  void done(double part) {
    finished += part;
  }

  double work() {
    return work;
  }

  double finished() {
    return finished;
  }

  /**
   * The remaining time as text, after a comma: {@code , about 2 h 05 min left}; empty while it is
   * unknown.
   *
   * @param elapsed seconds since the start
   */
  String left(double elapsed) {
    if (finished > 0) {
      return ", about " + Times.text(elapsed / finished * (work - finished)) + " left";
    }
    return inSeconds ? ", about " + Times.text(work) + " left" : "";
  }
}
