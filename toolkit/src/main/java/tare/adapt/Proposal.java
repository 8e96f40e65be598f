package tare.adapt;

import java.util.List;
import java.util.Locale;
import tare.data.Budget;
import tare.data.Corpus;
import tare.select.CandidatePool;
import tare.select.PoolSelector;
import tare.select.Selection;
import tare.select.Selector;
import tare.select.Surroundings;
import tare.select.TaskGuidedSelector;

/**
 * A way to choose a candidate from the pool.
 *
 * @param name the candidate's name
 * @param selector chooses; one that is guided by tasks gets the guiding part of the purpose
 */
public record Proposal(String name, Selector selector) {

  /** Windows in the pool for each sample, at most. */
  static final int MOST = 4;

  /** A proposal that has the selector's own name. */
  public Proposal(Selector selector) {
    this(selector.label(), selector);
  }

  /**
   * Chooses the set.
   *
   * @param pressure windows in the pool for each sample, for selectors that choose among windows
   */
  Contender choose(Purpose purpose, Corpus pool, int pressure, Budget budget, Surroundings given) {
    Selector guided = selector;
    if (guided instanceof TaskGuidedSelector tasks) {
      guided = tasks.tasks(purpose.guides());
    }
    if (guided instanceof PoolSelector<?> windows) {
      guided = windows.from(new CandidatePool(pressure, true));
    }
    long start = System.nanoTime();
    Selection chosen = Selection.by(guided, pool, budget, given);
    return new Contender(
        name, false, chosen.set(), chosen.notes(), (System.nanoTime() - start) / 1e9);
  }

  /**
   * The windows in the pool for each sample: four, or fewer if the pool has fewer. Running eight
   * through the model, which is usual elsewhere, takes longer than to compress it.
   *
   * @param windows number of windows that the whole pool gives
   * @param draws number of random draws, which share no window
   * @throws IllegalArgumentException if the pool is too small for the draws, or leaves a selector
   *     no choice
   */
  static int pressure(String pool, long windows, Budget budget, int draws) {
    long least = (long) budget.samples() * Math.max(draws, 2);
    if (windows < least) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "--pool gives %d windows of %d tokens (%s), but %d random draws of %d samples that share no window need %d. Give more text, or lower --samples, --length or --draws.",
              windows,
              budget.tokensPerSample(),
              pool,
              draws,
              budget.samples(),
              least));
    }
    return (int) Math.min(MOST, windows / budget.samples());
  }

  /** The names of some proposals. */
  static List<String> names(List<Proposal> proposals) {
    return proposals.stream().map(Proposal::name).toList();
  }
}
