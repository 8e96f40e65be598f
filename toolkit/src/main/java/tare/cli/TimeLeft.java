package tare.cli;

/** How long work will still take, from how long the finished part of it took. */
final class TimeLeft {

  private final double work;
  private final boolean inSeconds;
  private double finished;

  /**
   * Nothing is done.
   *
   * @param work all of it, in whatever unit
   * @param inSeconds whether the unit is expected seconds; else nothing can be said at first
   */
  TimeLeft(double work, boolean inSeconds) {
    this.work = work;
    this.inSeconds = inSeconds;
  }

  /** A part is done. */
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
   * For people, after a comma: {@code , about 2 h 05 min left}; empty while nothing is known.
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
