package tare.select;

import com.fasterxml.jackson.annotation.JsonTypeName;
import tare.data.Budget;
import tare.data.CalibrationSet;
import tare.data.Corpus;
import tare.data.Named;

/**
 * Chooses calibration samples from a pool. It never sees a test item. Its settings are the
 * components of its record: study files and the command line name the same ones.
 */
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

  /**
   * The name of a kind of selector in study files: what {@link JsonTypeName} says, or the simple
   * name of a class without it.
   */
  static String nameOf(Class<?> type) {
    JsonTypeName name = type.getAnnotation(JsonTypeName.class);
    return name == null ? type.getSimpleName() : name.value();
  }

  /** What study files and results call it. */
  default String label() {
    return nameOf(getClass());
  }

  /** Whether it runs the model in order to choose, which takes long, or reads text alone. */
  default boolean asksForModel() {
    return true;
  }
}
