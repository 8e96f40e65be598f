package tare.study;

import java.util.List;
import java.util.function.Function;

/** Runs those trials of a study that are not done. */
public interface Runner {

  /**
   * Runs the trials. One that fails is noted and the others go on.
   *
   * @param trials all trials of the study
   * @param work what turns a trial into its result
   * @param results where results go, and which trials are done
   */
  void run(List<Trial> trials, Function<Trial, TrialResult> work, ResultFolder results);
}
