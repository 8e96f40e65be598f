package tare.cli;

import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import tare.data.Progress;
import tare.estimate.RecordedSeconds;
import tare.study.Trial;
import tare.study.TrialResult;

/**
 * Draws one progress bar for all trials of a study, with the remaining time. Its steps are the
 * expected seconds of the trials, so that a few short trials do not make the forecast too
 * optimistic. Without a terminal, it prints one line per trial.
 */
final class TrialProgress implements Progress, AutoCloseable {

  @SuppressWarnings("SystemConsoleNull") // as in BarProgress
  private final boolean terminal = System.console() != null;

  private final List<Trial> all;
  private final RecordedSeconds forecast;
  private final TimeLeft time;
  private final long start = System.nanoTime();
  private int number;
  private ProgressBar bar;
  private String trial = "";

  /**
   * Starts the clock.
   *
   * @param all all trials, done or not
   * @param left the trials that are not done
   */
  TrialProgress(List<Trial> all, List<Trial> left, RecordedSeconds forecast) {
    this.all = all;
    this.forecast = forecast;
    time =
        new TimeLeft(
            left.stream().mapToDouble(forecast::seconds).sum(), !forecast.measured().isEmpty());
    number = all.size() - left.size();
    if (terminal && !left.isEmpty()) {
      bar =
          new ProgressBarBuilder()
              .setTaskName(left.size() + " trials")
              .setInitialMax(Math.max(1, Math.round(1000 * time.work())))
              .hideEta()
              .setUpdateIntervalMillis(250)
              .build();
    }
  }

  /** Wraps the work on a trial, so that its begin and end are shown. */
  Function<Trial, TrialResult> watching(Function<Trial, TrialResult> work) {
    return next -> {
      number++;
      trial = next.summary();
      String left = time.left((System.nanoTime() - start) / 1e9);
      if (bar == null) {
        System.err.printf(Locale.ROOT, "trial %d of %d%s: %s%n", number, all.size(), left, trial);
      } else {
        bar.setExtraMessage(
            String.format(Locale.ROOT, "%d of %d%s: %s", number, all.size(), left, trial));
      }
      try {
        return work.apply(next);
      } finally {
        time.done(forecast.seconds(next));
        if (bar != null) {
          bar.stepTo(Math.round(1000 * time.finished()));
        }
      }
    };
  }

  @Override
  public void at(String stage, long done, long total) {
    if (bar != null) {
      String left = time.left((System.nanoTime() - start) / 1e9);
      bar.setExtraMessage(
          String.format(
              Locale.ROOT,
              "%d of %d%s: %s, %s %d/%d",
              number,
              all.size(),
              left,
              trial,
              stage,
              done,
              total));
    }
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
      bar = null;
    }
  }

  /** Forecasts how long work will still take, from the duration of its finished part. */
  static final class TimeLeft {

    private final double work;
    private final boolean inSeconds;
    private double finished;

    /**
     * A forecast before any work is done.
     *
     * @param work the whole work, in any unit
     * @param inSeconds whether the unit is expected seconds; else there is no forecast before a
     *     part is done
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
}
