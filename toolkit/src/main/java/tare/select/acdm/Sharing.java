package tare.select.acdm;

/** How several tasks share one set. */
public enum Sharing {
  /** Each task gets an equal number of samples; the remainder goes to the tasks named first. */
  QUOTA,
  /** One score, the least distance to any task: the easiest task may take all. */
  MIN,
  /** One score, the largest distance. */
  MAX,
  /**
   * One score, the mean of the squared distances, which is the squared distance to the mean of the
   * centroids and a constant: it picks what lies between the tasks and balances nothing.
   */
  MEAN
}
