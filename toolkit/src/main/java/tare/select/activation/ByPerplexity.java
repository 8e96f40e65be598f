package tare.select.activation;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
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
 * Chooses windows by the model's perplexity on them. The lowest perplexities belong to boilerplate
 * and repetition, the highest to noise.
 *
 * @param pool the windows to choose from
 * @param order which windows come first
 */
@JsonTypeName("perplexity")
public record ByPerplexity(
    @JsonUnwrapped CandidatePool pool,
    @JsonPropertyDescription("which windows come first") Order order)
    implements ExplainedSelector, PoolSelector<ByPerplexity> {

  /** Which windows come first. */
  public enum Order {
    /** Windows that the model predicts best. */
    LOWEST,
    /** Windows that the model predicts worst. */
    HIGHEST,
    /** Windows whose rank is nearest to the median. */
    MIDDLE
  }

  /** Chooses from the middle of a pool. */
  public ByPerplexity(CandidatePool pool) {
    this(pool, Order.MIDDLE);
  }

  /** Chooses from the middle of the default pool. */
  public ByPerplexity() {
    this(new CandidatePool());
  }

  @Override
  public ByPerplexity from(CandidatePool other) {
    return new ByPerplexity(other, order);
  }

  /** Returns a copy with another order. */
  public ByPerplexity order(Order other) {
    return new ByPerplexity(pool, other);
  }

  @Override
  public Selection choose(Corpus corpus, Budget budget, Surroundings given) {
    List<Candidate> candidates = pool.draw(corpus, budget, given).atLeast(budget.samples());
    double[] perplexities =
        WindowPerplexities.perplexities(
            candidates.stream().map(each -> new Passage(each.sample().tokens())).toList(), given);
    List<Sample> samples = new ArrayList<>();
    List<Pick> picks = new ArrayList<>();
    for (int i : inOrder(perplexities).subList(0, budget.samples())) {
      Sample sample = candidates.get(i).sample();
      String reason = order.name().toLowerCase(Locale.ROOT) + " perplexity";
      picks.add(
          new Pick(samples.size(), sample.document(), sample.source(), reason, perplexities[i]));
      samples.add(sample);
    }
    return new Selection(new CalibrationSet(name(), budget, samples), picks, List.of());
  }

  /**
   * Indices of the windows in this order. Of equal perplexities, the window that comes first in the
   * pool is first.
   */
  List<Integer> inOrder(double[] perplexities) {
    List<Integer> rising =
        IntStream.range(0, perplexities.length)
            .boxed()
            .sorted(Comparator.comparingDouble(i -> perplexities[i]))
            .toList();
    double middle = (rising.size() - 1) / 2.0;
    return switch (order) {
      case LOWEST -> rising;
      case HIGHEST ->
          rising.stream().sorted(Comparator.comparingDouble(i -> -perplexities[i])).toList();
      case MIDDLE ->
          IntStream.range(0, rising.size())
              .boxed()
              .sorted(Comparator.comparingDouble(rank -> Math.abs(rank - middle)))
              .map(rising::get)
              .toList();
    };
  }
}
