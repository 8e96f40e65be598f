package tare.estimate;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tare.study.Trial;

/**
 * One of n parts of a study, for machines or jobs that share its trials.
 *
 * @param number number of this part, from 1
 * @param of number of parts
 */
public record Shard(int number, int of) {

  private static final Pattern WRITTEN = Pattern.compile("(\\d{1,6})/(\\d{1,6})");

  /** Checks the numbers. */
  public Shard {
    if (number < 1 || number > of) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Shards are counted from 1: 1/%2$d to %2$d/%2$d; got %1$d/%2$d.",
              number,
              of));
    }
  }

  /**
   * Reads a shard from text such as {@code 3/8}.
   *
   * @throws IllegalArgumentException for any other text
   */
  public static Shard parse(String text) {
    Matcher numbers = WRITTEN.matcher(text);
    if (!numbers.matches()) {
      throw new IllegalArgumentException(
          "A shard is written number/count, for instance 3/8; got " + text + ".");
    }
    return new Shard(Integer.parseInt(numbers.group(1)), Integer.parseInt(numbers.group(2)));
  }

  /**
   * The trials of this part, in the order of the study. All parts together have each trial once.
   *
   * <p>The trials are lined up by model and calibration set, and the line is cut into n pieces of
   * about equal work. A piece differs from the n-th part of all work by less than its longest
   * trial. Only a trial at a cut is separated from others with its calibration set.
   *
   * @param trials all trials of the study
   * @param work the work of each trial, see {@link RelativeCost}
   */
  public List<Trial> of(List<Trial> trials, ToDoubleFunction<Trial> work) {
    List<Trial> line = new ArrayList<>(trials);
    Map<Trial.Calibration, Integer> sets = new HashMap<>();
    trials.forEach(trial -> sets.putIfAbsent(trial.calibration(), sets.size()));
    line.sort(
        Comparator.comparing(Trial::model).thenComparing(trial -> sets.get(trial.calibration())));
    double all = trials.stream().mapToDouble(work).sum();
    List<Trial> mine = new ArrayList<>();
    double before = 0;
    for (Trial trial : line) {
      double middle = before + work.applyAsDouble(trial) / 2;
      if (Math.min(of - 1, (int) (of * middle / all)) == number - 1) {
        mine.add(trial);
      }
      before += work.applyAsDouble(trial);
    }
    mine.sort(Comparator.comparingInt(trials::indexOf));
    return List.copyOf(mine);
  }

  /** The shard as text, {@code 3/8}. */
  @Override
  public String toString() {
    return number + "/" + of;
  }
}
