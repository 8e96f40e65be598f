package tare.study;

import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.Function;
import tare.data.Progress;

/**
 * Runs trials in this process, one after the other.
 *
 * @param progress told before each trial and at the end
 */
public record HereRunner(Progress progress) implements Runner {

  /**
   * {@inheritDoc}
   *
   * @throws CancellationException if the thread is interrupted or the process is told to end;
   *     finished trials are kept
   */
  @Override
  public void run(List<Trial> trials, Function<Trial, TrialResult> work, ResultFolder results) {
    List<Trial> open = trials.stream().filter(trial -> !results.has(trial)).toList();
    int done = trials.size() - open.size();
    for (Trial trial : open) {
      if (Thread.currentThread().isInterrupted()) {
        throw stopped();
      }
      progress.at("trial: " + trial.summary(), done, trials.size());
      runOne(trial, work, results);
      done++;
    }
    progress.at("trials", done, trials.size());
  }

  private static void runOne(Trial trial, Function<Trial, TrialResult> work, ResultFolder results) {
    TrialResult result;
    try {
      result = work.apply(trial);
    } catch (CancellationException e) {
      throw e;
    } catch (RuntimeException e) {
      if (isShuttingDown()) { // after an interrupt, the tensor library does nothing more
        throw stopped();
      }
      results.failed(trial, e);
      return;
    }
    results.add(trial, result);
  }

  private static CancellationException stopped() {
    return new CancellationException("Stopped; start the study again to continue.");
  }

  /** Whether this process was told to end. In that case no shutdown hook can be added. */
  private static boolean isShuttingDown() {
    Thread hook = new Thread(() -> {});
    try {
      Runtime.getRuntime().addShutdownHook(hook);
      Runtime.getRuntime().removeShutdownHook(hook);
      return false;
    } catch (IllegalStateException e) {
      return true;
    }
  }
}
