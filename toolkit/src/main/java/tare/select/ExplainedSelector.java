package tare.select;

import tare.data.Budget;
import tare.data.CalibrationSet;
import tare.data.Corpus;

/** A selector that gives a reason for each chosen sample. */
public interface ExplainedSelector extends Selector {

  /** Chooses as {@link #select} does, with reasons. */
  Selection choose(Corpus pool, Budget budget, Surroundings given);

  @Override
  default CalibrationSet select(Corpus pool, Budget budget, Surroundings given) {
    return choose(pool, budget, given).set();
  }
}
