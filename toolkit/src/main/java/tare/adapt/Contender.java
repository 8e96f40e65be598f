package tare.adapt;

import java.util.ArrayList;
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

  /** The candidate with this name. */
  static Contender named(List<Contender> contenders, String name) {
    return contenders.stream().filter(each -> each.name().equals(name)).findFirst().orElseThrow();
  }

  /** Returns a copy that says that another candidate has the same samples. */
  Contender sameAs(String other) {
    List<String> all = new ArrayList<>(notes);
    all.add(other + " has the same samples, so it does not compete itself");
    return new Contender(name, random, set, all, seconds);
  }
}
