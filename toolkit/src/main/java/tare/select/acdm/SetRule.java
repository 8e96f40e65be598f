package tare.select.acdm;

/** How a set is built from distances. */
public enum SetRule {
  /** The nearest windows, as the name of the metric says. */
  NEAREST,
  /**
   * Herding (Welling 2009) among the 4·q nearest windows of a task with quota q: always the window
   * that brings the mean of the task's picks nearest to its centroid.
   */
  HERDING_IN_NEAREST,
  /** Herding among all windows; takes memory for the square of their number. */
  HERDING,
  /**
   * The smallest D − 0.3 · (distance to the nearest chosen window): maximal marginal relevance
   * (Carbonell and Goldstein 1998).
   */
  NEAREST_MMR,
  /** From each of q clusters of the 4·q nearest windows, by k-means, the one nearest its centre. */
  K_MEANS_IN_NEAREST,
  /** The farthest windows: a control, which has to be worse than a random draw. */
  FARTHEST
}
