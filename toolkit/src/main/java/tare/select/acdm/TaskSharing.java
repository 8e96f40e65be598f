package tare.select.acdm;

/** How several tasks share one set. */
public enum TaskSharing {
  /**
   * Each task gets samples by its weight, which are equally many unless weights are given. The
   * remainder goes to the tasks with the largest fractions, and among equal ones to those named
   * first.
   */
  QUOTA,
  /**
   * One score: the mean of the squared distances, which is the squared distance to the mean of the
   * centroids plus a constant. It takes windows between the tasks and balances nothing.
   */
  MEAN
}
