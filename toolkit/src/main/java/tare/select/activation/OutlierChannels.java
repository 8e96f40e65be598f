package tare.select.activation;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/**
 * The outlier channels of a pool of windows, as {@link CoverCal} defines them: channels whose range
 * R_c is at least κ times the median range of their point, and at least eight channels in each
 * point.
 *
 * @param channels their places in the vectors of maxima
 * @param ranges R_c, the 0.99 quantile over the pool of M_ic, the largest |x| in window i
 * @param weights value of covering each channel, with sum 1 in each point
 */
record OutlierChannels(int[] channels, double[] ranges, double[] weights) {

  private static final double QUANTILE = 0.99;
  private static final int LEAST = 8;
  private static final double TINY = 1e-30;

  /** The value of a channel, before values are scaled to sum 1 in each point. */
  interface Worth {
    /** The value of a channel, from its place, its range and the median of its maxima. */
    double of(int channel, double range, double median);
  }

  /**
   * Finds the outlier channels.
   *
   * @param maxima M of the windows of a pool
   * @param kappa κ
   */
  static OutlierChannels of(
      FittedScaling.Rows maxima, PointLayout layout, double kappa, Worth worth) {
    float[][] quantiles = Quantiles.medianAnd(QUANTILE, maxima, layout.size());
    float[] median = quantiles[0];
    float[] range = quantiles[1];
    List<Integer> channels = new ArrayList<>();
    List<Double> weights = new ArrayList<>();
    for (PointLayout.Point point : layout.points()) {
      List<Integer> own = outliers(point, range, kappa);
      double[] raw = own.stream().mapToDouble(c -> worth.of(c, range[c], median[c])).toArray();
      double sum = Math.max(IntStream.range(0, raw.length).mapToDouble(i -> raw[i]).sum(), TINY);
      for (int i = 0; i < raw.length; i++) {
        channels.add(own.get(i));
        weights.add(raw[i] / sum);
      }
    }
    IntToDoubleFunction ranges = i -> range[channels.get(i)];
    return new OutlierChannels(
        channels.stream().mapToInt(c -> c).toArray(),
        IntStream.range(0, channels.size()).mapToDouble(ranges).toArray(),
        weights.stream().mapToDouble(w -> w).toArray());
  }

  private static List<Integer> outliers(PointLayout.Point point, float[] range, double kappa) {
    List<Integer> falling =
        IntStream.range(point.offset(), point.offset() + point.width())
            .boxed()
            .sorted((a, b) -> Float.compare(range[b], range[a]))
            .toList();
    double middle = range[falling.get(falling.size() / 2)];
    int count = (int) falling.stream().filter(c -> range[c] >= kappa * middle).count();
    return falling.subList(0, Math.min(falling.size(), Math.max(count, LEAST)));
  }

  int count() {
    return channels.length;
  }

  /** min(1, M_c / R_c) of each outlier channel, for the maxima of one window or of a set. */
  float[] shares(float[] maxima) {
    float[] shares = new float[channels.length];
    for (int o = 0; o < shares.length; o++) {
      shares[o] = (float) Math.min(1, maxima[channels[o]] / Math.max(ranges[o], TINY));
    }
    return shares;
  }
}
