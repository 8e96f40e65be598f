package tare.select;

import java.util.List;
import tare.data.Budget;
import tare.data.CalibrationSet;
import tare.data.Corpus;

/**
 * A chosen set and why.
 *
 * @param set the set
 * @param picks one for each sample, in order; empty if the selector does not explain itself
 * @param notes what a reader must know: a rule that ran dry, a centroid that is uncertain
 */
public record Selection(CalibrationSet set, List<Pick> picks, List<String> notes) {

  /** Copies the lists. */
  public Selection {
    picks = List.copyOf(picks);
    notes = List.copyOf(notes);
  }

  /**
   * Chooses with any selector, and keeps its reasons if it gives them. The set is named after the
   * selector and the number of the set.
   */
  public static Selection by(Selector selector, Corpus pool, Budget budget, Surroundings given) {
    Selection chosen =
        selector instanceof ExplainedSelector explained
            ? explained.choose(pool, budget, given)
            : new Selection(selector.select(pool, budget, given), List.of(), List.of());
    String name = "%s, set=%d".formatted(chosen.set().selector(), given.set());
    return new Selection(
        new CalibrationSet(name, budget, chosen.set().samples()), chosen.picks(), chosen.notes());
  }
}
