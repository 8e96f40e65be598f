package tare.select;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import tare.data.Budget;
import tare.data.CalibrationSet;
import tare.data.Corpus;
import tare.data.Sample;

/**
 * ZipCal for one corpus (Monaco et al., arXiv 2603.16105): takes windows one by one, always the
 * window with the most words that no earlier one has, argmax |V_s \ V_cov|. By Zipf's law most
 * words are rare, so the rule gathers the tail of the vocabulary. It needs no model and no
 * activations.
 *
 * <p>Differences from the authors' published code: each step looks at all windows, not at 2,000 new
 * ones ({@code searchPool} restores that); when all words are covered, a second cover begins, where
 * the code lets ties decide; windows are whole and not padded, because otherwise the longest would
 * always win.
 *
 * @param pool the windows to choose from
 * @param unit what counts as a word: in the authors' code the model's tokens, each decoded alone,
 *     in lower case, without spaces
 * @param searchPool number of windows to look at in each step; 0 for all
 */
@JsonTypeName("zipcal")
public record ZipCal(
    @JsonUnwrapped CandidatePool pool,
    @JsonPropertyDescription("what counts as a word") Vocabulary.Unit unit,
    @JsonPropertyDescription("number of windows to look at in each step; 0 for all") int searchPool)
    implements ExplainedSelector, PoolSelector<ZipCal> {

  /** Checks the number. */
  public ZipCal {
    if (searchPool < 0) {
      throw new IllegalArgumentException(
          "searchPool is the number of windows to look at in each step, or 0 for all; got "
              + searchPool
              + ".");
    }
  }

  /** Looks at all windows of a pool, with words as in the authors' code. */
  public ZipCal(CandidatePool pool) {
    this(pool, Vocabulary.Unit.TOKENS, 0);
  }

  /** Looks at all windows of the default pool, with words as in the authors' code. */
  public ZipCal() {
    this(new CandidatePool());
  }

  @Override
  public ZipCal from(CandidatePool other) {
    return new ZipCal(other, unit, searchPool);
  }

  /** Returns a copy with another unit of words. */
  public ZipCal unit(Vocabulary.Unit other) {
    return new ZipCal(pool, other, searchPool);
  }

  /** Returns a copy that looks at this number of windows in each step; 0 for all. */
  public ZipCal searchPool(int windows) {
    return new ZipCal(pool, unit, windows);
  }

  @Override
  public boolean asksForModel() {
    return false;
  }

  @Override
  public Selection choose(Corpus corpus, Budget budget, Surroundings given) {
    List<Candidate> candidates = pool.draw(corpus, budget, given).atLeast(budget.samples());
    Vocabulary vocabulary = new Vocabulary(given.tokenizer());
    List<int[]> words =
        candidates.stream().map(each -> vocabulary.distinct(each.sample(), unit)).toList();
    List<GreedyCover.Step> steps =
        searchPool == 0 || searchPool >= candidates.size()
            ? cover(words, vocabulary.size(), budget.samples())
            : sampled(words, vocabulary.size(), budget.samples(), given.random());
    List<Sample> samples = new ArrayList<>();
    List<Pick> picks = new ArrayList<>();
    for (GreedyCover.Step step : steps) {
      Sample sample = candidates.get(step.index()).sample();
      String reason =
          String.format(
              Locale.ROOT,
              "%d new of its %d words",
              Math.round(step.gain()),
              words.get(step.index()).length);
      picks.add(new Pick(samples.size(), sample.document(), sample.source(), reason, step.gain()));
      samples.add(sample);
    }
    return new Selection(new CalibrationSet(name(), budget, samples), picks, notes(steps));
  }

  /** The exact rule, by lazy evaluation. */
  static List<GreedyCover.Step> cover(List<int[]> words, int vocabulary, int samples) {
    double[] ones = new double[vocabulary];
    Arrays.fill(ones, 1);
    GreedyCover cover = new GreedyCover(ones, false);
    words.forEach(cover::add);
    return cover.choose(samples);
  }

  static List<String> notes(List<GreedyCover.Step> steps) {
    int covers = steps.isEmpty() ? 0 : steps.get(steps.size() - 1).cover();
    return covers == 0
        ? List.of()
        : List.of(
            String.format(Locale.ROOT, "every word of the pool was covered %d times over", covers));
  }

  /** The published code's rule: the best of a new random part of the remaining windows. */
  private List<GreedyCover.Step> sampled(
      List<int[]> words, int vocabulary, int samples, RandomGenerator given) {
    RandomGenerator random = new SplittableRandom(given.nextLong());
    List<Integer> left = new ArrayList<>();
    for (int i = 0; i < words.size(); i++) {
      left.add(i);
    }
    boolean[] covered = new boolean[vocabulary];
    List<GreedyCover.Step> steps = new ArrayList<>();
    while (steps.size() < samples) {
      int look = Math.min(searchPool, left.size());
      int best = -1;
      long bestGain = -1;
      for (int i = 0; i < look; i++) {
        int j = i + random.nextInt(left.size() - i);
        Integer drawn = left.set(j, left.get(i));
        left.set(i, drawn);
        long gain = Arrays.stream(words.get(drawn)).filter(word -> !covered[word]).count();
        boolean longer = best >= 0 && words.get(drawn).length > words.get(left.get(best)).length;
        if (gain > bestGain || (gain == bestGain && longer)) {
          best = i;
          bestGain = gain;
        }
      }
      int taken = left.remove(best);
      Arrays.stream(words.get(taken)).forEach(word -> covered[word] = true);
      steps.add(new GreedyCover.Step(taken, bestGain, 0));
    }
    return steps;
  }
}
