package tare.select.activation;

import java.util.Arrays;
import java.util.Optional;
import java.util.function.IntFunction;

/**
 * A fitted {@link Scaling}: z = clip((s − shift) / divisor, ±8) · factor, and then the whitening,
 * if there is one.
 *
 * @param shift {@code [D]}
 * @param divisor {@code [D]}
 * @param factor {@code [D]}; 1/√(d·P) where all layers weigh equally
 * @param clips whether z is clipped
 * @param whitening of z; mostly none
 */
public record FittedScaling(
    float[] shift, float[] divisor, float[] factor, boolean clips, Optional<Whitening> whitening) {

  private static final float CLIP = 8;

  /** The floor under a channel's deviation, as a share of the median of its point. */
  private static final float FLOOR = 0.01f;

  /** Instead of zero, for a point at which nothing ever varies. */
  private static final float TINY = 1e-30f;

  /** Vectors that are read one by one, as often as needed. */
  public record Rows(int count, IntFunction<float[]> row) {}

  /**
   * Fits a scaling.
   *
   * @param layout of the vectors
   * @param pool statistics of the candidates
   * @param references statistics of all reference windows
   * @param seed of the random projection of {@link Scaling#WHITENED}
   */
  public static FittedScaling fit(
      Scaling scaling, PointLayout layout, Rows pool, Rows references, long seed) {
    return switch (scaling) {
      case Z_SCORE -> deviations(layout, pool);
      case REFERENCE_VARIANCE -> deviations(layout, references);
      case ROBUST -> {
        Quantiles quantiles = Quantiles.of(pool, layout.size());
        yield normal(layout, quantiles.median(), quantiles.deviation());
      }
      case NONE -> {
        float[] ones = new float[layout.size()];
        Arrays.fill(ones, 1);
        yield new FittedScaling(new float[ones.length], ones, ones, false, Optional.empty());
      }
      case REFERENCE_NORM -> referenceNorm(layout, references);
      case WHITENED -> {
        FittedScaling z = deviations(layout, pool);
        Rows scaled = new Rows(pool.count(), i -> z.of(pool.row().apply(i)));
        Whitening whitening = Whitening.fit(scaled, layout.size(), seed);
        yield new FittedScaling(z.shift, z.divisor, z.factor, true, Optional.of(whitening));
      }
    };
  }

  /** A scaled vector: {@code [D]}, or as many as the whitening keeps. */
  public float[] of(float[] s) {
    float[] z = new float[s.length];
    for (int c = 0; c < z.length; c++) {
      float value = (s[c] - shift[c]) / divisor[c];
      z[c] = factor[c] * (clips ? Math.max(-CLIP, Math.min(CLIP, value)) : value);
    }
    return whitening.isPresent() ? whitening.get().of(z) : z;
  }

  private static FittedScaling deviations(PointLayout layout, Rows rows) {
    Spread spread = Spread.of(rows, layout.size());
    return normal(layout, spread.mean(), spread.deviation());
  }

  /** Deviations with their floor, and all points of equal weight. */
  private static FittedScaling normal(PointLayout layout, float[] centre, float[] deviation) {
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
    return new FittedScaling(centre, divisor, factor, true, Optional.empty());
  }

  private static FittedScaling referenceNorm(PointLayout layout, Rows references) {
    float[] mean = Spread.of(references, layout.size()).mean();
    float[] divisor = new float[mean.length];
    float[] factor = new float[mean.length];
    Arrays.fill(factor, (float) (1 / Math.sqrt(layout.points().size())));
    for (PointLayout.Point point : layout.points()) {
      int from = point.offset();
      int to = from + point.width();
      float[] part = Arrays.copyOfRange(mean, from, to);
      float norm = (float) Math.sqrt(Distance.dot(part, part));
      Arrays.fill(divisor, from, to, Math.max(norm, TINY));
    }
    return new FittedScaling(new float[mean.length], divisor, factor, false, Optional.empty());
  }
}
