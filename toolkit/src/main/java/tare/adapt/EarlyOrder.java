package tare.adapt;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.commons.statistics.distribution.TDistribution;
import tare.study.RecordCsv;
import tech.tablesaw.api.DoubleColumn;

/**
 * How well the order of the candidates after some blocks foretells their order as whole models.
 *
 * @param blocks number of compressed blocks
 * @param share the same as a share of all blocks, 0 to 1
 * @param candidates number of candidates, the random draws among them
 * @param correlation Spearman's rank correlation of the KL after these blocks with that of the
 *     whole models
 * @param regret the whole model's KL of the candidate that is best after these blocks, divided by
 *     the least of all candidates, minus 1
 * @param dropped the same for the sets besides random draws, if the better half of them goes on:
 *     the whole model's least KL of this half, divided by the least of all sets, minus 1
 */
public record EarlyOrder(
    int blocks, double share, int candidates, double correlation, double regret, double dropped) {

  private static final String RUNS = "candidates.csv";

  /**
   * How early the order was known in the recorded runs of a method, which dropped no candidate.
   *
   * @param method the method's label
   * @param models the models of the runs
   * @param settings the settings of the method in these runs, as JSON
   * @param runs number of runs, each with its own purpose or model
   * @param share share of compressed blocks, 0 to 1, mean over the runs
   * @param correlation mean over the runs of {@link EarlyOrder#correlation}
   * @param low lower end of its 95 % interval, by Student's t over the runs
   * @param high upper end
   * @param dropped mean over the runs of {@link EarlyOrder#dropped}
   */
  public record Recorded(
      String method,
      String models,
      String settings,
      int runs,
      double share,
      double correlation,
      double low,
      double high,
      double dropped) {

    /** Whether few blocks foretell the order: the interval of the correlation lies above 0. */
    public boolean foretells() {
      return low > 0;
    }

    /** The finding in a sentence. */
    public String sentence() {
      return String.format(
          Locale.ROOT,
          "in %d recorded runs (%s with %s), the order after %.0f %% of the blocks had a rank"
              + " correlation of %.2f (95 %% interval %.2f to %.2f) with that of the whole models;"
              + " dropping the worse half of the sets there would have cost %.1f %% of KL",
          runs,
          models,
          settings,
          share * 100,
          correlation,
          low,
          high,
          dropped * 100);
    }
  }

  /** The scores of all recorded runs: of each candidate, after each number of blocks. */
  public static List<CandidateScore> recordedScores() {
    try (InputStream in = EarlyOrder.class.getResourceAsStream(RUNS)) {
      return RecordCsv.records(CandidateScore.class, in);
    } catch (IOException e) {
      throw new UncheckedIOException(RUNS + " cannot be read: " + e.getMessage(), e);
    }
  }

  /**
   * What runs of a method say together; empty if there are fewer than two.
   *
   * @param scores {@link #recordedScores}, or some of them
   * @param method the method's label
   * @param share share of compressed blocks; of each run, the share that is nearest to it counts
   */
  public static Optional<Recorded> recorded(
      List<CandidateScore> scores, String method, double share) {
    Map<String, List<CandidateScore>> runs =
        scores.stream()
            .filter(each -> each.method().equals(method))
            .collect(
                Collectors.groupingBy(
                    each -> String.join("\n", each.model(), each.settings(), each.purpose())));
    List<EarlyOrder> nearest =
        runs.values().stream()
            .map(
                run ->
                    of(run).stream()
                        .min(Comparator.comparingDouble(each -> Math.abs(each.share() - share)))
                        .orElseThrow())
            .toList();
    int n = nearest.size();
    if (n < 2) {
      return Optional.empty();
    }
    DoubleColumn correlations =
        DoubleColumn.create("", nearest.stream().mapToDouble(EarlyOrder::correlation).toArray());
    double t = TDistribution.of(n - 1).inverseSurvivalProbability(0.025);
    double half = t * correlations.standardDeviation() / Math.sqrt(n);
    return Optional.of(
        new Recorded(
            method,
            distinct(runs.values(), CandidateScore::model),
            distinct(runs.values(), CandidateScore::settings),
            n,
            nearest.stream().mapToDouble(EarlyOrder::share).average().orElseThrow(),
            correlations.mean(),
            Math.max(-1, correlations.mean() - half),
            Math.min(1, correlations.mean() + half),
            nearest.stream().mapToDouble(EarlyOrder::dropped).average().orElseThrow()));
  }

  private static String distinct(
      Collection<List<CandidateScore>> runs, Function<CandidateScore, String> what) {
    return runs.stream()
        .map(run -> what.apply(run.get(0)))
        .distinct()
        .sorted()
        .collect(Collectors.joining(", "));
  }

  /**
   * Computes the agreement for each number of blocks but the last.
   *
   * @param scores a run in which no candidate was dropped
   */
  public static List<EarlyOrder> of(List<CandidateScore> scores) {
    TreeMap<Integer, List<CandidateScore>> depths =
        scores.stream()
            .collect(
                Collectors.groupingBy(CandidateScore::blocks, TreeMap::new, Collectors.toList()));
    Map<String, Double> whole =
        depths.lastEntry().getValue().stream()
            .collect(Collectors.toMap(CandidateScore::candidate, CandidateScore::kl));
    return depths.headMap(depths.lastKey()).values().stream()
        .map(early -> of(early, whole))
        .toList();
  }

  private static EarlyOrder of(List<CandidateScore> early, Map<String, Double> whole) {
    List<CandidateScore> ordered =
        early.stream().sorted(Comparator.comparingDouble(CandidateScore::kl)).toList();
    List<CandidateScore> sets = ordered.stream().filter(each -> !each.random()).toList();
    DoubleColumn before =
        DoubleColumn.create("early", ordered.stream().mapToDouble(CandidateScore::kl).toArray());
    DoubleColumn after = DoubleColumn.create("whole", wholes(ordered, whole));
    CandidateScore best = ordered.get(0);
    return new EarlyOrder(
        best.blocks(),
        best.share(),
        ordered.size(),
        before.spearmans(after),
        whole.get(best.candidate()) / after.min() - 1,
        sets.isEmpty()
            ? 0
            : least(sets.subList(0, (sets.size() + 1) / 2), whole) / least(sets, whole) - 1);
  }

  private static double least(List<CandidateScore> of, Map<String, Double> whole) {
    return DoubleColumn.create("whole", wholes(of, whole)).min();
  }

  private static double[] wholes(List<CandidateScore> of, Map<String, Double> whole) {
    return of.stream().mapToDouble(each -> whole.get(each.candidate())).toArray();
  }
}
