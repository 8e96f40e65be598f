package tare.select.activation;

/** How statistics are made comparable before a distance is taken. */
public enum StatisticScaling {
  /**
   * z = clip((s − m) / (v + e), ±8) / √(d·P), with mean m and standard deviation v of a channel
   * over the pool, e = 0.01 · median of the v of its point, d channels in its point and P points:
   * all layers weigh equally. D² is then the mean squared difference in standard deviations: 2 for
   * two windows of the pool, 1 for a window and the pool's mean.
   */
  Z_SCORE,
  /** None: a few large channels and the deep layers decide. */
  NONE
}
