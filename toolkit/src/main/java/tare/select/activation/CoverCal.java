package tare.select.activation;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.IntStream;
import tare.data.Budget;
import tare.data.CalibrationSet;
import tare.data.Corpus;
import tare.data.Sample;
import tare.select.Candidate;
import tare.select.CandidatePool;
import tare.select.ExplainedSelector;
import tare.select.GreedyCover;
import tare.select.Passage;
import tare.select.Pick;
import tare.select.PoolSelector;
import tare.select.Selection;
import tare.select.Surroundings;

/**
 * COVERCAL (Shihab, Akter and Sharma, arXiv 2604.24008): takes samples that cover the outlier
 * channels, weighted by the loss that a missed channel would cost. If no sample of a calibration
 * set fires an outlier channel, the quantizer underestimates that channel's range.
 *
 * <p><b>Outlier test, threshold, weight and fill are a reconstruction</b>, because the paper's full
 * text is not public here. M_ic is the largest |x| of channel c in window i, and R_c its 0.99
 * quantile over the pool. Outliers are the channels with R_c ≥ κ · median R of their point (at
 * least 8 in each point). Window i covers c if M_ic ≥ τ R_c. The weights are w_c = (R_c − median_i
 * M_ic)² · ‖W[:,c]‖², with sum 1 in each point.
 *
 * <p>Caution: weight-only GPTQ and AWQ quantize no activation range; a missed channel reaches them
 * through averages, not maxima. The argument fits 8-bit activations.
 *
 * @param pool the windows to choose from
 * @param kappa κ
 * @param tau τ
 * @param weight w
 * @param fill how to choose when no window covers anything new
 */
@JsonTypeName("covercal")
public record CoverCal(
    @JsonUnwrapped CandidatePool pool,
    @JsonPropertyDescription("how many times the median range makes an outlier channel")
        double kappa,
    @JsonPropertyDescription("share of a channel's range that covers it") double tau,
    @JsonPropertyDescription("what covering a channel is worth") Weight weight,
    @JsonPropertyDescription("what follows once all is covered") Fill fill)
    implements ExplainedSelector, PoolSelector<CoverCal> {

  /** Checks the numbers. */
  public CoverCal {
    if (!(kappa > 0) || Double.isInfinite(kappa)) {
      throw new IllegalArgumentException("kappa must be above 0; got " + kappa);
    }
    if (!(tau > 0 && tau <= 1)) {
      throw new IllegalArgumentException(
          "tau is a share of a channel's range, above 0 and at most 1; got " + tau);
    }
  }

  /** The value of covering a channel. */
  public enum Weight {
    /** The same value for all channels. */
    ONE,
    /** R². */
    SQUARED_RANGE,
    /** The squared loss of range, times the gain of the linear layers that the channel feeds. */
    LOSS
  }

  /** How to choose when no window covers anything new. A few windows often cover all outliers. */
  public enum Fill {
    /** Σ w · min(1, max_i M_ic / R_c): channels that are nearly covered count in part. */
    GRADED,
    /** A second sample for each channel, then a third. */
    FOLDS,
    /** Windows drawn uniformly. */
    UNIFORM
  }

  /** κ = 6, τ = 0.9, weights by loss, graded. */
  public CoverCal(CandidatePool pool) {
    this(pool, 6, 0.9, Weight.LOSS, Fill.GRADED);
  }

  /** Chooses from the default pool. */
  public CoverCal() {
    this(new CandidatePool());
  }

  @Override
  public CoverCal from(CandidatePool other) {
    return new CoverCal(other, kappa, tau, weight, fill);
  }

  /** Returns a copy with another κ. */
  public CoverCal kappa(double other) {
    return new CoverCal(pool, other, tau, weight, fill);
  }

  /** Returns a copy with another τ. */
  public CoverCal tau(double other) {
    return new CoverCal(pool, kappa, other, weight, fill);
  }

  /** Returns a copy with another weight of channels. */
  public CoverCal weight(Weight other) {
    return new CoverCal(pool, kappa, tau, other, fill);
  }

  /** Returns a copy with another fill. */
  public CoverCal fill(Fill other) {
    return new CoverCal(pool, kappa, tau, weight, other);
  }

  @Override
  public Selection choose(Corpus corpus, Budget budget, Surroundings given) {
    List<Candidate> candidates = pool.draw(corpus, budget, given).atLeast(budget.samples());
    Observation observation = new Observation();
    try (ActivationStatistics statistics =
        new ActivationStatistics(observation, EnumSet.of(Moment.MAX_ABS), given)) {
      statistics.add(
          candidates.stream().map(each -> Passage.of(each.sample())).iterator(), candidates.size());
      FittedScaling.Rows maxima =
          new FittedScaling.Rows(candidates.size(), i -> statistics.of(Moment.MAX_ABS, i));
      float[] gain =
          weight == Weight.LOSS
              ? PointLayout.outputGain(given.model().get(), observation)
              : new float[0];
      OutlierChannels outliers =
          OutlierChannels.of(
              maxima,
              statistics.layout(),
              kappa,
              (channel, range, median) ->
                  worth(range, range - median, gain.length == 0 ? 0 : gain[channel]));
      List<GreedyCover.Step> covering = cover(maxima, outliers, budget.samples());
      return selection(candidates, covering, outliers, budget);
    }
  }

  private double worth(double range, double lost, double gain) {
    return switch (weight) {
      case ONE -> 1;
      case SQUARED_RANGE -> range * range;
      case LOSS -> lost * lost * gain;
    };
  }

  /** A binary cover, followed by the fill. */
  private List<GreedyCover.Step> cover(
      FittedScaling.Rows maxima, OutlierChannels outliers, int samples) {
    GreedyCover binary = new GreedyCover(outliers.weights(), true);
    GreedyCover graded = new GreedyCover(outliers.weights(), false);
    for (int i = 0; i < maxima.count(); i++) {
      float[] shares = outliers.shares(maxima.row().apply(i));
      int[] all = IntStream.range(0, shares.length).toArray();
      binary.add(IntStream.of(all).filter(o -> shares[o] >= tau).toArray());
      graded.add(all, shares);
    }
    List<GreedyCover.Step> steps = new ArrayList<>(binary.choose(samples));
    if (fill == Fill.FOLDS) {
      return steps;
    }
    steps.removeIf(step -> step.cover() > 0 || step.gain() <= 0);
    List<Integer> taken = steps.stream().map(GreedyCover.Step::index).toList();
    if (fill == Fill.GRADED) {
      graded.choose(samples - steps.size(), taken).stream()
          .map(step -> new GreedyCover.Step(step.index(), step.gain(), step.cover() + 1))
          .forEach(steps::add);
    } else {
      Set<Integer> used = new HashSet<>(taken);
      IntStream.range(0, maxima.count())
          .filter(i -> !used.contains(i))
          .limit(samples - taken.size())
          .forEach(i -> steps.add(new GreedyCover.Step(i, 0, 1)));
    }
    return steps;
  }

  private Selection selection(
      List<Candidate> candidates,
      List<GreedyCover.Step> steps,
      OutlierChannels outliers,
      Budget budget) {
    List<Sample> samples = new ArrayList<>();
    List<Pick> picks = new ArrayList<>();
    double points =
        IntStream.range(0, outliers.weights().length).mapToDouble(o -> outliers.weights()[o]).sum();
    for (GreedyCover.Step step : steps) {
      Sample sample = candidates.get(step.index()).sample();
      String reason = step.cover() == 0 ? "covers outlier channels" : "fills after the cover";
      double share = step.gain() / Math.max(points, 1e-30);
      picks.add(new Pick(samples.size(), sample.document(), sample.source(), reason, share));
      samples.add(sample);
    }
    long covering = steps.stream().filter(step -> step.cover() == 0).count();
    String note =
        String.format(
            Locale.ROOT,
            "%d outlier channels; the first %d samples cover all that the pool can cover, the others fill (%s)",
            outliers.channels().length,
            covering,
            fill);
    return new Selection(new CalibrationSet(name(), budget, samples), picks, List.of(note));
  }
}
