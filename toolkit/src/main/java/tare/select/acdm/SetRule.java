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
  /** The farthest windows: a control, which has to be worse than a random draw. */
  FARTHEST
}
