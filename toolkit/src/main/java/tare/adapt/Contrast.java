package tare.adapt;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.commons.statistics.distribution.TDistribution;

/**
 * How a candidate compares with a random draw: the ratio of their scores with its interval. Two
 * things vary. The target windows are a sample of the purpose's text; both models are scored on the
 * same ones, so they are compared window by window. And the control is one draw of many.
 *
 * <p>On logarithms, the two variances add up. The variance over windows comes from the linearized
 * difference of the logarithms of two weighted means; the variance over draws is that of the
 * logarithms of several draws' scores. Student's t has Welch and Satterthwaite's degrees of
 * freedom.
 *
 * @param contender the candidate's name
 * @param ratio its score divided by the control's; below 1 is better
 * @param low lower end of the ratio's interval
 * @param high upper end of the ratio's interval
 */
public record Contrast(String contender, double ratio, double low, double high) {

  /**
   * How much random draws differ.
   *
   * @param deviation standard deviation of the logarithms of their scores
   * @param draws number of draws, at least 2
   */
  public record Spread(double deviation, int draws) {

    /** The spread of the mean of several draws, known from as many draws as this one. */
    Spread ofMeanOf(int several) {
      return new Spread(deviation / Math.sqrt(several), draws);
    }

    /** Computes the spread of scores. */
    static Spread of(List<Double> scores) {
      double[] logs = scores.stream().mapToDouble(Math::log).toArray();
      double mean = 0;
      for (double log : logs) {
        mean += log / logs.length;
      }
      double squares = 0;
      for (double log : logs) {
        squares += (log - mean) * (log - mean);
      }
      return new Spread(Math.sqrt(squares / (logs.length - 1)), logs.length);
    }
  }

  /**
   * Compares two scores.
   *
   * @param windows the candidate's values, by target
   * @param control the control's values on the same windows
   * @param weights weights of the targets
   * @param level probability that the interval does not hold the ratio, for instance 0.05
   */
  static Contrast of(
      String contender,
      Map<String, List<Double>> windows,
      Map<String, List<Double>> control,
      Map<String, Double> weights,
      Spread spread,
      double level) {
    double ours = Scored.mean(windows, weights);
    double theirs = Scored.mean(control, weights);
    double overWindows = 0;
    double freeWindows = 0;
    for (Map.Entry<String, Double> target : weights.entrySet()) {
      List<Double> a = windows.get(target.getKey());
      List<Double> b = control.get(target.getKey());
      int n = a.size();
      double[] apart = new double[n];
      double mean = 0;
      for (int w = 0; w < n; w++) {
        apart[w] = target.getValue() * (a.get(w) / ours - b.get(w) / theirs);
        mean += apart[w] / n;
      }
      double squares = 0;
      for (double each : apart) {
        squares += (each - mean) * (each - mean);
      }
      overWindows += squares / (n - 1) / n;
      freeWindows += n - 1;
    }
    double overDraws = spread.deviation() * spread.deviation();
    double variance = overWindows + overDraws;
    double log = Math.log(ours / theirs);
    if (variance == 0) {
      return new Contrast(contender, ours / theirs, ours / theirs, ours / theirs);
    }
    if (!(variance > 0)) { // a single window says nothing of its error
      return new Contrast(contender, ours / theirs, 0, Double.POSITIVE_INFINITY);
    }
    double free =
        variance
            * variance
            / (overWindows * overWindows / freeWindows
                + overDraws * overDraws / (spread.draws() - 1));
    double half =
        TDistribution.of(free).inverseCumulativeProbability(1 - level / 2) * Math.sqrt(variance);
    return new Contrast(contender, ours / theirs, Math.exp(log - half), Math.exp(log + half));
  }

  /** Whether the whole interval lies below 1. */
  public boolean isBetter() {
    return high < 1;
  }

  /** Whether the whole interval lies above 1. */
  public boolean isWorse() {
    return low > 1;
  }

  /** The ratio in words: {@code 3.1 % below}. */
  String apart() {
    return String.format(
        Locale.ROOT, "%.1f %% %s", Math.abs(ratio - 1) * 100, ratio < 1 ? "below" : "above");
  }

  /** The ratio as a difference: {@code -3.1 %}. */
  String percent() {
    return String.format(Locale.ROOT, "%+.1f %%", (ratio - 1) * 100);
  }

  /** The interval as differences: {@code -5.0 to -1.2 %}. */
  String interval() {
    return String.format(Locale.ROOT, "%+.1f to %+.1f %%", (low - 1) * 100, (high - 1) * 100);
  }
}
