package tare.notebook;

import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import tare.data.Progress;

/**
 * Shows progress in one line that is redrawn at most four times a second. The end of a stage is
 * always drawn.
 */
final class ProgressLine implements Progress {

  private static final long NANOS_BETWEEN = TimeUnit.MILLISECONDS.toNanos(250);

  private final Consumer<String> line;
  private final LongSupplier nanos;
  private String stage = "";
  private long stageBegan;
  private long drawn;

  /**
   * A line on which nothing is drawn yet.
   *
   * @param line draws its argument in place of the previous one
   * @param nanos a clock, in nanoseconds from any origin
   */
  ProgressLine(Consumer<String> line, LongSupplier nanos) {
    this.line = line;
    this.nanos = nanos;
    this.drawn = nanos.getAsLong() - NANOS_BETWEEN;
  }

  static String finished(String stage, long done, long total) {
    return stage + ": " + done + " of " + total;
  }

  @Override
  public synchronized void at(String stage, long done, long total) {
    long now = nanos.getAsLong();
    if (!stage.equals(this.stage) || done == 0) {
      this.stage = stage;
      stageBegan = now;
    }
    boolean ended = done >= total;
    if (!ended && now - drawn < NANOS_BETWEEN) {
      return;
    }
    drawn = now;
    line.accept(finished(stage, done, total) + (ended ? "" : left(now - stageBegan, done, total)));
  }

  private static String left(long elapsed, long done, long total) {
    if (done == 0) {
      return "";
    }
    long seconds = TimeUnit.NANOSECONDS.toSeconds(elapsed / done * (total - done));
    return seconds < 120
        ? ", about " + seconds + " s left"
        : ", about " + seconds / 60 + " min left";
  }
}
