package tare.select.activation;

import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import tare.data.Budget;
import tare.data.CalibrationSet;
import tare.data.Corpus;
import tare.data.Sample;
import tare.select.Candidate;
import tare.select.CandidatePool;
import tare.select.ExplainedSelector;
import tare.select.Passage;
import tare.select.Pick;
import tare.select.PoolSelector;
import tare.select.Selection;
import tare.select.Surroundings;

/**
 * Draws equally from strata: the quintiles of the windows' perplexity times the quintiles of their
 * length. All windows have the same number of tokens, so their length is counted in characters.
 * COVERCAL names stratified sampling as a rival without a definition, so this is a reconstruction.
 *
 * @param pool the windows to choose from
 */
@JsonTypeName("stratified")
public record Stratified(@JsonUnwrapped CandidatePool pool)
    implements ExplainedSelector, PoolSelector<Stratified> {

  private static final int PARTS = 5;

  /** Draws from the default pool. */
  public Stratified() {
    this(new CandidatePool());
  }

  @Override
  public Stratified from(CandidatePool other) {
    return new Stratified(other);
  }

  @Override
  public Selection choose(Corpus corpus, Budget budget, Surroundings given) {
    List<Candidate> candidates = pool.draw(corpus, budget, given).atLeast(budget.samples());
    double[] perplexities =
        WindowPerplexities.perplexities(
            candidates.stream().map(each -> new Passage(each.sample().tokens())).toList(), given);
    double[] lengths =
        candidates.stream().mapToDouble(each -> each.sample().text().length()).toArray();
    int[] byPerplexity = quintiles(perplexities);
    int[] byLength = quintiles(lengths);
    List<Sample> samples = new ArrayList<>();
    List<Pick> picks = new ArrayList<>();
    for (int i : roundRobin(byPerplexity, byLength, budget.samples())) {
      Sample sample = candidates.get(i).sample();
      String reason =
          String.format(
              Locale.ROOT,
              "perplexity quintile %d, length quintile %d",
              byPerplexity[i] + 1,
              byLength[i] + 1);
      picks.add(
          new Pick(samples.size(), sample.document(), sample.source(), reason, perplexities[i]));
      samples.add(sample);
    }
    return new Selection(new CalibrationSet(name(), budget, samples), picks, List.of());
  }

  /** The quintile of each value, 0 to 4. Equal values keep the order of the pool. */
  static int[] quintiles(double[] values) {
    Integer[] rising = IntStream.range(0, values.length).boxed().toArray(Integer[]::new);
    Arrays.sort(rising, (a, b) -> Double.compare(values[a], values[b]));
    int[] quintiles = new int[values.length];
    for (int rank = 0; rank < rising.length; rank++) {
      quintiles[rising[rank]] = rank * PARTS / rising.length;
    }
    return quintiles;
  }

  /**
   * Takes one window from each stratum in turn. Strata and their windows have the order of the
   * pool, which is random.
   */
  static List<Integer> roundRobin(int[] one, int[] other, int count) {
    Map<Integer, List<Integer>> strata = new LinkedHashMap<>();
    for (int i = 0; i < one.length; i++) {
      strata.computeIfAbsent(one[i] * PARTS + other[i], s -> new ArrayList<>()).add(i);
    }
    List<Integer> taken = new ArrayList<>();
    for (int depth = 0; taken.size() < Math.min(count, one.length); depth++) {
      for (List<Integer> stratum : strata.values()) {
        if (depth < stratum.size() && taken.size() < count) {
          taken.add(stratum.get(depth));
        }
      }
    }
    return taken;
  }
}
