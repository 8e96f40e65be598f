package tare.select.activation;

/** Makes statistics comparable before a distance is computed. */
public enum StatisticScaling {
  /**
   * z = clip((s − m) / (v + e), ±8) / √(d·P). Here m and v are the mean and standard deviation of a
   * channel over the pool, e = 0.01 · median of v in its point, d is the number of channels of its
   * point and P the number of points. All layers weigh equally. D² is then the mean squared
   * difference in standard deviations: 2 for two windows of the pool, 1 for a window and the pool's
   * mean.
   */
  Z_SCORE,
  /** No scaling. A few large channels and the deep layers decide. */
  NONE
}
