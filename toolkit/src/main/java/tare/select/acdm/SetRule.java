package tare.select.acdm;

/** The rule by which a set is built from distances. */
public enum SetRule {
  /** Takes the nearest windows. */
  NEAREST,
  /**
   * Herding (Welling 2009) among the 4·q nearest windows of a task with quota q: each step takes
   * the window that brings the mean of the task's picks nearest to its centroid.
   */
  HERDING_IN_NEAREST,
  /** Takes the farthest windows. This is a control, which should be worse than a random draw. */
  FARTHEST
}
