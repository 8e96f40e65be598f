package tare.adapt;

import java.util.List;
import tare.data.CalibrationSet;

/**
 * A calibration set that competes.
 *
 * @param name short name in tables and files: {@code random-1}, {@code acdm}, the name of a file
 * @param random whether it is a random draw, which is the control
 * @param set the samples
 * @param notes remarks of the selector
 * @param seconds duration of the choice
 */
public record Contender(
    String name, boolean random, CalibrationSet set, List<String> notes, double seconds) {

  /** Name of the control: the first random draw, which takes part to the end. */
  public static final String CONTROL = "random-1";

  /** Copies the list. */
  public Contender {
    notes = List.copyOf(notes);
  }
}
