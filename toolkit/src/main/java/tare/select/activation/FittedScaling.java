package tare.select.activation;

import java.util.Arrays;
import java.util.function.IntFunction;

/**
 * A fitted {@link StatisticScaling}: z = clip((s − shift) / divisor, ±8) · factor.
 *
 * @param shift {@code [D]}
 * @param divisor {@code [D]}
 * @param factor {@code [D]}; 1/√(d·P) where all layers weigh equally
 * @param clips whether z is clipped
 */
public record FittedScaling(float[] shift, float[] divisor, float[] factor, boolean clips) {

  private static final float CLIP = 8;

  /** Lower bound of a channel's deviation, as a share of the median in its point. */
  private static final float FLOOR = 0.01f;

  /** Used instead of zero for a point at which nothing varies. */
  private static final float TINY = 1e-30f;

  /** Vectors that are read one by one, as often as needed. */
  public record Rows(int count, IntFunction<float[]> row) {}

  /**
   * Fits a scaling.
   *
   * @param layout layout of the vectors
   * @param pool statistics of the candidates
   */
  public static FittedScaling fit(StatisticScaling scaling, PointLayout layout, Rows pool) {
    if (scaling == StatisticScaling.Z_SCORE) {
      MeanAndDeviation spread = MeanAndDeviation.of(pool, layout.size());
      return zScores(layout, spread.mean(), spread.deviation());
    }
    float[] ones = new float[layout.size()];
    Arrays.fill(ones, 1);
    return new FittedScaling(new float[ones.length], ones, ones, false);
  }

  /** Scales a vector, {@code [D]}. */
  public float[] of(float[] s) {
    float[] z = new float[s.length];
    for (int c = 0; c < z.length; c++) {
      float value = (s[c] - shift[c]) / divisor[c];
      z[c] = factor[c] * (clips ? Math.max(-CLIP, Math.min(CLIP, value)) : value);
    }
    return z;
  }

  /** Scales by deviations above the lower bound, with equal weight for all points. */
  private static FittedScaling zScores(PointLayout layout, float[] centre, float[] deviation) {
    float[] divisor = new float[deviation.length];
    float[] factor = new float[deviation.length];
    for (PointLayout.Point point : layout.points()) {
      int from = point.offset();
      int to = from + point.width();
      float[] sorted = Arrays.copyOfRange(deviation, from, to);
      Arrays.sort(sorted);
      float floor = FLOOR * sorted[sorted.length / 2];
      float weight = (float) (1 / Math.sqrt((double) point.width() * layout.points().size()));
      for (int c = from; c < to; c++) {
        divisor[c] = Math.max(deviation[c] + floor, TINY);
        factor[c] = weight;
      }
    }
    return new FittedScaling(centre, divisor, factor, true);
  }
}
