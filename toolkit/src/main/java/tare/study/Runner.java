package tare.study;

import java.util.List;
import java.util.function.Function;

/** Runs the trials of a study that are not done. */
public interface Runner {

  /**
   * Runs the trials. A trial that fails is noted, and the others go on.
   *
   * @param trials all trials of the study
   * @param work turns a trial into its result
   * @param results receives results, and knows which trials are done
   */
  void run(List<Trial> trials, Function<Trial, TrialResult> work, ResultFolder results);
}
