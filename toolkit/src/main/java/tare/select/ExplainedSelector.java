package tare.select;

import tare.data.Budget;
import tare.data.CalibrationSet;
import tare.data.Corpus;

/** A selector that says why it chose each sample. */
public interface ExplainedSelector extends Selector {

  /** As {@link #select}, with reasons. */
  Selection choose(Corpus pool, Budget budget, Surroundings given);

  @Override
  default CalibrationSet select(Corpus pool, Budget budget, Surroundings given) {
    return choose(pool, budget, given).set();
  }
}
