package tare.select;

import java.util.List;
import java.util.Locale;
import tare.data.Budget;
import tare.data.CalibrationSet;
import tare.data.Corpus;

/**
 * A chosen set with the reasons for its samples.
 *
 * @param set the set
 * @param picks one for each sample, in order; empty if the selector gives no reasons
 * @param notes remarks that a reader must know, for instance that a centroid is uncertain
 */
public record Selection(CalibrationSet set, List<Pick> picks, List<String> notes) {

  /** Copies the lists. */
  public Selection {
    picks = List.copyOf(picks);
    notes = List.copyOf(notes);
  }

  /**
   * Chooses with any selector, and keeps its reasons if it gives any. The name of the set consists
   * of the selector and the number of the set.
   */
  public static Selection by(Selector selector, Corpus pool, Budget budget, Surroundings given) {
    Selection chosen =
        selector instanceof ExplainedSelector explained
            ? explained.choose(pool, budget, given)
            : new Selection(selector.select(pool, budget, given), List.of(), List.of());
    String name = String.format(Locale.ROOT, "%s, set=%d", chosen.set().selector(), given.set());
    return new Selection(
        new CalibrationSet(name, budget, chosen.set().samples()), chosen.picks(), chosen.notes());
  }
}
