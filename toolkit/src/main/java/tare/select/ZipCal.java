package tare.select;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import tare.data.Budget;
import tare.data.CalibrationSet;
import tare.data.Corpus;
import tare.data.Sample;

/**
 * ZipCal for one corpus (Monaco et al., arXiv 2603.16105): windows are taken one by one, always the
 * one with the most words that no earlier one has, argmax |V_s \ V_cov|. By Zipf's law most words
 * are rare, so this gathers the tail of the vocabulary. It reads no activation and needs no model.
 *
 * <p>What differs from the authors' published code: it looks at every window instead of at 2,000
 * drawn anew for each step (which {@code searchPool} brings back); when all words are covered it
 * starts a second cover, where the code lets ties decide; windows are whole and not padded, as else
 * the longest would always win.
 *
 * @param pool the windows to choose from
 * @param unit what counts as a word: as in their code, the model's tokens, each decoded alone, in
 *     lower case, without spaces
 * @param searchPool how many windows are looked at for each step; 0 for all of them
 */
@JsonTypeName("zipcal")
public record ZipCal(
    @JsonUnwrapped CandidatePool pool,
    @JsonPropertyDescription("what counts as a word") Vocabulary.Unit unit,
    @JsonPropertyDescription("windows that are looked at for each step; 0 for all") int searchPool)
    implements ExplainedSelector, PoolSelector<ZipCal> {

  /** Checks the number. */
  public ZipCal {
    if (searchPool < 0) {
      throw new IllegalArgumentException(
          "searchPool is 0 for all windows, or how many are looked at; got " + searchPool + ".");
    }
  }

  /** All windows of a pool, words as in the authors' code. */
  public ZipCal(CandidatePool pool) {
    this(pool, Vocabulary.Unit.TOKENS, 0);
  }

  /** All windows of the usual pool, words as in the authors' code. */
  public ZipCal() {
    this(new CandidatePool());
  }

  @Override
  public ZipCal from(CandidatePool other) {
    return new ZipCal(other, unit, searchPool);
  }

  /** The same with other words. */
  public ZipCal unit(Vocabulary.Unit other) {
    return new ZipCal(pool, other, searchPool);
  }

  /** The same, looking at so many windows for each step; 0 for all. */
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
          "%d new of its %d words"
              .formatted(Math.round(step.gain()), words.get(step.index()).length);
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
        : List.of("every word of the pool was covered %d times over".formatted(covers));
  }

  /** The published code's rule: the best of a fresh random part of the windows that are left. */
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
