package tare.report.statistics;

import org.apache.commons.statistics.distribution.NormalDistribution;

/**
 * The number of pairs (items, windows or calibration sets) that a comparison needs, by the normal
 * approximation. Round it up.
 *
 * <pre>{@code
 * NeededNumber.USUAL.paired(0.4, 0.05); // 502.3 items of standard deviation 0.4 show 0.05
 * }</pre>
 *
 * @param alpha probability of an effect where there is none
 * @param power probability of finding an effect that there is
 */
public record NeededNumber(double alpha, double power) {

  /** A level of 5 % and a power of 80 %. */
  public static final NeededNumber USUAL = new NeededNumber(0.05, 0.8);

  private static final NormalDistribution NORMAL = NormalDistribution.of(0, 1);

  /** Checks that both are probabilities. */
  public NeededNumber {
    if (!(alpha > 0 && alpha < 1 && power > 0 && power < 1)) {
      throw new IllegalArgumentException(
          "Level and power lie between 0 and 1; got %s and %s.".formatted(alpha, power));
    }
  }

  /**
   * Pairs to find a mean difference by a two-sided paired test.
   *
   * @param deviation standard deviation of one pair's difference
   * @param difference the difference to find
   */
  public double paired(double deviation, double difference) {
    return square((z(1 - alpha / 2) + z(power)) * deviation / difference);
  }

  /**
   * Pairs to show equivalence by two one-sided tests, if the true difference is 0.
   *
   * @param deviation standard deviation of one pair's difference
   * @param bound largest difference that does not matter
   */
  public double equivalence(double deviation, double bound) {
    return square((z(1 - alpha) + z((1 + power) / 2)) * deviation / bound);
  }

  /**
   * Pairs to show equivalence, if the true difference is not 0.
   *
   * @param theta the true difference, smaller than the bound
   * @throws IllegalArgumentException if it is not, because then no number is enough
   */
  public double equivalence(double deviation, double bound, double theta) {
    if (Math.abs(theta) >= bound) {
      throw new IllegalArgumentException(
          "A true difference of %s is not within %s, so no number of pairs shows equivalence."
              .formatted(theta, bound));
    }
    return theta == 0
        ? equivalence(deviation, bound)
        : square((z(1 - alpha) + z(power)) * deviation / (bound - Math.abs(theta)));
  }

  /**
   * Items for McNemar's test (Connor 1987).
   *
   * @param onlyFirst share of items that only the first model answers right
   * @param onlySecond share of items that only the second model answers right
   */
  public double mcNemar(double onlyFirst, double onlySecond) {
    double differing = onlyFirst + onlySecond;
    double difference = onlyFirst - onlySecond;
    return square(
        (z(1 - alpha / 2) * Math.sqrt(differing)
                + z(power) * Math.sqrt(differing - difference * difference))
            / difference);
  }

  private static double z(double probability) {
    return NORMAL.inverseCumulativeProbability(probability);
  }

  private static double square(double x) {
    return x * x;
  }
}
