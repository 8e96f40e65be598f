package tare.select.activation;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import tare.data.Budget;
import tare.data.CalibrationSet;
import tare.data.Corpus;
import tare.select.Candidate;
import tare.select.CandidatePool;
import tare.select.Passage;
import tare.select.Surroundings;

/**
 * Measures how many outlier channels of ordinary text a calibration set fires. The definitions are
 * {@link CoverCal}'s (κ = 6, τ = 0.9, weight by loss), over a pool of at most 128 windows. The
 * caller closes it.
 */
public final class OutlierCoverage implements AutoCloseable {

  /**
   * Enough for a 0.99 quantile to be the second largest value, and few enough to run in minutes.
   */
  private static final int MOST_WINDOWS = 128;

  private static final Observation OBSERVED = new Observation();

  private final ActivationStatistics statistics;
  private final OutlierChannels outliers;

  private OutlierCoverage(ActivationStatistics statistics, OutlierChannels outliers) {
    this.statistics = statistics;
    this.outliers = outliers;
  }

  /**
   * Runs windows of a corpus through the model, and finds the outlier channels.
   *
   * @param corpus the text that sets are chosen from
   * @param budget the sets' budget, which gives the length of the windows
   * @throws IllegalArgumentException if the corpus has fewer than eight windows
   */
  public static OutlierCoverage of(Corpus corpus, Budget budget, Surroundings given) {
    ActivationStatistics statistics =
        new ActivationStatistics(OBSERVED, EnumSet.of(Moment.MAX_ABS), given);
    try {
      CandidatePool all = CandidatePool.PACKED.pressure(0);
      List<Passage> windows = new ArrayList<>();
      for (Candidate each :
          all.draw(corpus, new Budget(8, budget.tokensPerSample()), given.set(0))) {
        windows.add(Passage.of(each.sample()));
        if (windows.size() == MOST_WINDOWS) {
          break;
        }
      }
      statistics.add(windows.iterator(), windows.size());
      OutlierChannels outliers =
          OutlierChannels.of(
              new FittedScaling.Rows(windows.size(), i -> statistics.of(Moment.MAX_ABS, i)),
              statistics.layout(),
              PointLayout.outputGain(given.model().get(), OBSERVED));
      return new OutlierCoverage(statistics, outliers);
    } catch (RuntimeException e) {
      statistics.close();
      throw e;
    }
  }

  /**
   * The coverage of a set.
   *
   * @param set samples as long as the pool's windows
   */
  public OutlierChannels.Covered of(CalibrationSet set) {
    int from = statistics.size();
    List<Passage> samples =
        set.samples().stream().map(Passage::of).filter(OBSERVED.counted()::any).toList();
    statistics.add(samples.iterator(), samples.size());
    float[] largest = new float[statistics.layout().size()];
    for (int i = 0; i < samples.size(); i++) {
      float[] one = statistics.of(Moment.MAX_ABS, from + i);
      for (int c = 0; c < largest.length; c++) {
        largest[c] = Math.max(largest[c], one[c]);
      }
    }
    return outliers.covered(largest);
  }

  @Override
  public void close() {
    statistics.close();
  }
}
