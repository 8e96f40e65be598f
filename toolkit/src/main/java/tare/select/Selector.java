package tare.select;

import com.fasterxml.jackson.annotation.JsonTypeName;
import tare.data.Budget;
import tare.data.CalibrationSet;
import tare.data.Corpus;
import tare.data.Named;

/**
 * Chooses calibration samples from a pool. A selector never sees a test item. Its settings are the
 * components of its record, which study files and the command line name as well.
 */
public interface Selector extends Named {

  /**
   * Chooses samples.
   *
   * @param pool the documents to choose from
   * @param budget number and length of the samples
   * @param given tokenizer, model, randomness and cache for the selector
   * @return a set of exactly the budget's size
   * @throws IllegalArgumentException if the pool is too small; the message says what to lower
   */
  CalibrationSet select(Corpus pool, Budget budget, Surroundings given);

  /**
   * The name of a kind of selector in study files: the value of {@link JsonTypeName}, or else the
   * simple name of the class.
   */
  static String nameOf(Class<?> type) {
    JsonTypeName name = type.getAnnotation(JsonTypeName.class);
    return name == null ? type.getSimpleName() : name.value();
  }

  /** The selector's name in study files and results. */
  default String label() {
    return nameOf(getClass());
  }

  /** Whether the selector runs the model, which takes long. Otherwise it reads text alone. */
  default boolean asksForModel() {
    return true;
  }
}
