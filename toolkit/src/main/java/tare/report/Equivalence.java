package tare.report;

import java.util.Arrays;
import org.apache.commons.statistics.distribution.TDistribution;

/**
 * Tests whether paired scores are equal for practical purposes, by two one-sided t tests
 * (Schuirmann 1987). A test of difference that finds nothing does not show equality; this test
 * does.
 *
 * <pre>{@code
 * Equivalence.of(new double[] {0.004, -0.002, 0.001, 0.003}, 0.01).p();
 * }</pre>
 *
 * <p>With p ≤ 0.05 the mean difference lies between −bound and bound. All numbers but the mean are
 * NaN if the differences are all equal, because then their spread is unknown.
 *
 * @param pairs number of differences
 * @param bound largest difference that does not matter
 * @param mean mean of the differences
 * @param standardError its standard error
 */
public record Equivalence(int pairs, double bound, double mean, double standardError) {

  private static final double LEVEL = 0.05;

  /** Checks the bound. */
  public Equivalence {
    if (!(bound > 0)) {
      throw new IllegalArgumentException(
          "The bound is the largest difference that does not matter, so it is above 0; got "
              + bound);
    }
  }

  /**
   * Tests differences.
   *
   * @param differences first − second of each pair, at least two
   * @param bound largest difference that does not matter, above 0
   */
  public static Equivalence of(double[] differences, double bound) {
    int n = differences.length;
    if (n < 2) {
      throw new IllegalArgumentException("A test of equivalence needs two or more pairs; got " + n);
    }
    double mean = Arrays.stream(differences).average().orElseThrow();
    double squares = Arrays.stream(differences).map(d -> (d - mean) * (d - mean)).sum();
    double deviation = Math.sqrt(squares / (n - 1));
    boolean differ = deviation > PairedTests.ROUNDING * Math.abs(mean);
    return new Equivalence(n, bound, mean, differ ? deviation / Math.sqrt(n) : Double.NaN);
  }

  /** Probability of so high a mean if the true difference is −bound. */
  public double pLow() {
    double t = (mean + bound) / standardError;
    return Double.isNaN(t) ? t : distribution().survivalProbability(t);
  }

  /** Probability of so low a mean if the true difference is the bound. */
  public double pHigh() {
    double t = (mean - bound) / standardError;
    return Double.isNaN(t) ? t : distribution().cumulativeProbability(t);
  }

  /** The p value of the test: the larger one of the two. */
  public double p() {
    return Math.max(pLow(), pHigh());
  }

  /**
   * The smallest bound that this test would have accepted at 5 %: the end of the 90 % interval that
   * is farther from zero.
   */
  public double within() {
    return Math.abs(mean) + distribution().inverseSurvivalProbability(LEVEL) * standardError;
  }

  private TDistribution distribution() {
    return TDistribution.of(pairs - 1);
  }
}
