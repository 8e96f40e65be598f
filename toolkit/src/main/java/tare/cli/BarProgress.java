package tare.cli;

import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import tare.data.Progress;

/**
 * Draws one progress bar for each stage on the standard error; without a terminal, prints one line
 * per stage.
 */
final class BarProgress implements Progress, AutoCloseable {

  /**
   * From Java 22 on this is always true. The bar is then drawn into a log too, which does no harm.
   */
  @SuppressWarnings("SystemConsoleNull")
  private final boolean terminal = System.console() != null;

  private String stage = "";
  private ProgressBar bar;

  @Override
  public void at(String nextStage, long done, long total) {
    if (!nextStage.equals(stage)) {
      finish();
      stage = nextStage;
      if (terminal) {
        bar =
            new ProgressBarBuilder()
                .setTaskName(stage)
                .setInitialMax(total)
                .setUpdateIntervalMillis(250)
                .build();
      } else {
        System.err.println(stage);
      }
    }
    if (bar != null) {
      bar.maxHint(total);
      bar.stepTo(done);
    }
  }

  @Override
  public void close() {
    finish();
  }

  /** Ends the bar, so that other text can follow. */
  void finish() {
    stage = "";
    if (bar != null) {
      bar.close();
      bar = null;
    }
  }
}
