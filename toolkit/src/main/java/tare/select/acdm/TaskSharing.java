package tare.select.acdm;

/** How several tasks share one set. */
public enum TaskSharing {
  /** Each task gets an equal number of samples; the remainder goes to the tasks named first. */
  QUOTA,
  /**
   * One score, the mean of the squared distances, which is the squared distance to the mean of the
   * centroids and a constant: it picks what lies between the tasks and balances nothing.
   */
  MEAN
}
