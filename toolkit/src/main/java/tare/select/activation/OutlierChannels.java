package tare.select.activation;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
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
public record OutlierChannels(int[] channels, double[] ranges, double[] weights) {

  private static final double KAPPA = 6;
  private static final double TAU = 0.9;
  private static final double QUANTILE = 0.99;
  private static final int LEAST = 8;
  private static final double TINY = 1e-30;

  /** The value of a channel, before values are scaled to sum 1 in each point. */
  interface Worth {
    /** The value of a channel, from its place, its range and the median of its maxima. */
    double of(int channel, double range, double median);
  }

  /**
   * How much of the outlier channels a set fires.
   *
   * @param channels number of outlier channels that a sample of the set fires (M_c ≥ τ R_c)
   * @param outliers number of all outlier channels
   * @param weight covered share of their weight, 0 to 1
   */
  public record Covered(int channels, int outliers, double weight) {

    /** The coverage as one line of text. */
    @Override
    public String toString() {
      return String.format(
          Locale.ROOT,
          "%d of %d outlier channels covered, %.2f by weight",
          channels,
          outliers,
          weight);
    }
  }

  /**
   * Finds the outlier channels with the settings of {@link CoverCal}: κ = 6, weight by loss.
   *
   * @param maxima M of the windows of a pool
   * @param gain ‖W[:,c]‖² of each channel, see {@link PointLayout#outputGain}
   */
  public static OutlierChannels of(FittedScaling.Rows maxima, PointLayout layout, float[] gain) {
    return of(
        maxima,
        layout,
        KAPPA,
        (channel, range, median) -> Math.pow(range - median, 2) * gain[channel]);
  }

  /**
   * The coverage of a set, with τ = 0.9.
   *
   * @param largest M of the set, {@code [D]}
   */
  public Covered covered(float[] largest) {
    float[] shares = shares(largest);
    int[] covered = IntStream.range(0, shares.length).filter(o -> shares[o] >= TAU).toArray();
    double weight = IntStream.of(covered).mapToDouble(o -> weights[o]).sum();
    double all = IntStream.range(0, shares.length).mapToDouble(o -> weights[o]).sum();
    return new Covered(covered.length, shares.length, weight / Math.max(all, TINY));
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
