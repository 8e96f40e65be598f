package tare.model;

import java.util.List;
import java.util.Optional;

/**
 * Rotary positions (Su et al. 2021): pair i of a head turns by position · frequency i.
 *
 * @param base base of the wavelengths
 * @param scaling how wavelengths are stretched, if they are
 */
public record Rotary(double base, Optional<Scaling> scaling) {

  /** How a model stretches its wavelengths, to read more tokens than it was trained on. */
  public sealed interface Scaling {

    /** How many times longer the context becomes. */
    double factor();

    /**
     * The stretched frequencies of the pairs of a head.
     *
     * @param base base of the wavelengths
     * @param pairs number of pairs
     * @param tokens number of tokens of the longest sequence that is read at once
     */
    double[] frequencies(double base, int pairs, int tokens);

    /** The factor of all cosines and sines, and so of queries and keys. */
    default double attention() {
      return 1;
    }
  }

  /**
   * The stretching of Llama 3.1 ({@code rope_type} {@code llama3}). Wavelengths over {@code
   * originalContext / lowFactor} are stretched by {@code factor}. Wavelengths under {@code
   * originalContext / highFactor} do not change. Between the two, the factor changes smoothly.
   *
   * @param factor the stretching factor
   * @param lowFactor original context divided by the wavelength above which stretching is complete
   * @param highFactor original context divided by the wavelength below which there is no stretching
   * @param originalContext context of the model before stretching
   */
  public record Llama3(double factor, double lowFactor, double highFactor, double originalContext)
      implements Scaling {

    @Override
    public double[] frequencies(double base, int pairs, int tokens) {
      double[] frequencies = plain(base, pairs);
      for (int i = 0; i < pairs; i++) {
        double turns = originalContext * frequencies[i] / (2 * Math.PI);
        double smooth = Math.max(0, Math.min(1, (turns - lowFactor) / (highFactor - lowFactor)));
        frequencies[i] = (1 - smooth) * frequencies[i] / factor + smooth * frequencies[i];
      }
      return frequencies;
    }
  }

  /** Stretches all wavelengths alike ({@code rope_type} {@code linear}). */
  public record Linear(double factor) implements Scaling {

    @Override
    public double[] frequencies(double base, int pairs, int tokens) {
      double[] frequencies = plain(base, pairs);
      for (int i = 0; i < pairs; i++) {
        frequencies[i] /= factor;
      }
      return frequencies;
    }
  }

  /**
   * Raises the base for sequences that are longer than the original context ({@code rope_type}
   * {@code dynamic}). Shorter sequences are not stretched.
   *
   * @param factor how many times the original context is read
   * @param originalContext longest sequence that is not stretched
   */
  public record Dynamic(double factor, int originalContext) implements Scaling {

    @Override
    public double[] frequencies(double base, int pairs, int tokens) {
      if (tokens <= originalContext) {
        return plain(base, pairs);
      }
      double stretch = factor * tokens / originalContext - (factor - 1);
      return plain(base * Math.pow(stretch, pairs / (pairs - 1.0)), pairs);
    }
  }

  /**
   * YaRN (Peng et al. 2023, section 3.2; {@code rope_type} {@code yarn}). Pairs that turn often
   * within the original context are kept, pairs that turn seldom are stretched, and the share of
   * stretching between the two grows linearly with the number of the pair.
   *
   * @param factor the stretching factor
   * @param originalContext context of the model before stretching
   * @param manyTurns turns within the original context above which a pair is kept ({@code
   *     beta_fast})
   * @param fewTurns turns below which a pair is stretched in full ({@code beta_slow})
   * @param wholePairs whether the bounds between which the share grows are rounded outwards to
   *     whole pairs ({@code truncate})
   * @param attention the factor of all cosines and sines
   */
  public record Yarn(
      double factor,
      double originalContext,
      double manyTurns,
      double fewTurns,
      boolean wholePairs,
      double attention)
      implements Scaling {

    private static final double LEAST_RAMP = 0.001;

    /** The factor of cosines and sines that YaRN recommends for a stretching factor. */
    static double recommended(double factor, double weight) {
      return factor <= 1 ? 1 : 0.1 * weight * Math.log(factor) + 1;
    }

    @Override
    public double[] frequencies(double base, int pairs, int tokens) {
      double low = pair(manyTurns, base, pairs);
      double high = pair(fewTurns, base, pairs);
      low = Math.max(wholePairs ? Math.floor(low) : low, 0);
      high = Math.min(wholePairs ? Math.ceil(high) : high, 2 * pairs - 1);
      double ramp = low == high ? LEAST_RAMP : high - low;
      double[] frequencies = plain(base, pairs);
      for (int i = 0; i < pairs; i++) {
        double stretched = Math.max(0, Math.min(1, (i - low) / ramp));
        frequencies[i] *= stretched / factor + 1 - stretched;
      }
      return frequencies;
    }

    /** The pair, as a fraction, that turns so often within the original context. */
    private double pair(double turns, double base, int pairs) {
      return pairs * Math.log(originalContext / (turns * 2 * Math.PI)) / Math.log(base);
    }
  }

  /**
   * LongRoPE (Ding et al. 2024; {@code rope_type} {@code longrope}): each pair has a stretching
   * factor of its own, and another one if a sequence is longer than the original context.
   *
   * @param factor how many times longer the context becomes
   * @param originalContext longest sequence for which the short factors hold
   * @param shortFactors one for each pair
   * @param longFactors one for each pair
   * @param attention the factor of all cosines and sines
   */
  public record LongRope(
      double factor,
      double originalContext,
      List<Double> shortFactors,
      List<Double> longFactors,
      double attention)
      implements Scaling {

    /** The factor of cosines and sines that LongRoPE recommends. */
    static double recommended(double factor, double originalContext) {
      return factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(originalContext));
    }

    @Override
    public double[] frequencies(double base, int pairs, int tokens) {
      List<Double> factors = tokens > originalContext ? longFactors : shortFactors;
      double[] frequencies = plain(base, pairs);
      for (int i = 0; i < pairs; i++) {
        frequencies[i] /= factors.get(i);
      }
      return frequencies;
    }
  }

  /**
   * Radians per position of each pair of a head, {@code [headWidth / 2]}.
   *
   * @param tokens number of tokens of the longest sequence that is read at once
   */
  double[] frequencies(int headWidth, int tokens) {
    int pairs = headWidth / 2;
    return scaling.map(s -> s.frequencies(base, pairs, tokens)).orElseGet(() -> plain(base, pairs));
  }

  /** The factor of all cosines and sines. */
  double attention() {
    return scaling.map(Scaling::attention).orElse(1.0);
  }

  private static double[] plain(double base, int pairs) {
    double[] frequencies = new double[pairs];
    for (int i = 0; i < pairs; i++) {
      frequencies[i] = Math.pow(base, -(double) i / pairs);
    }
    return frequencies;
  }
}
