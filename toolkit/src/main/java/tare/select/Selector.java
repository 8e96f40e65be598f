package tare.select;

import tare.data.Budget;
import tare.data.CalibrationSet;
import tare.data.Corpus;
import tare.data.Named;

/** Chooses calibration samples from a pool. It never sees a test item. */
public interface Selector extends Named {

  /**
   * Chooses samples.
   *
   * @param pool the documents to choose from
   * @param budget how many samples of how many tokens
   * @param given what a selector may use besides
   * @return exactly the budget
   * @throws IllegalArgumentException if the pool is too small, saying what to lower
   */
  CalibrationSet select(Corpus pool, Budget budget, Surroundings given);
}
