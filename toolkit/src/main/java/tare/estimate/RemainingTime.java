package tare.estimate;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import tare.study.Trial;

/**
 * What a study has before it.
 *
 * @param lines trials of one kind each, in the order of the study
 * @param left seconds of each trial that is not done
 */
public record RemainingTime(List<Line> lines, List<Double> left) {

  /** Copies the lists. */
  public RemainingTime {
    lines = List.copyOf(lines);
    left = List.copyOf(left);
  }

  /**
   * Trials that cost the same.
   *
   * @param kind which they are
   * @param trials how many there are
   * @param done how many of them are done
   * @param seconds of one
   * @param measured whether the seconds are those of finished trials, and no estimate
   * @param mib memory of arrays in one
   */
  public record Line(
      RecordedSeconds.Kind kind,
      int trials,
      int done,
      double seconds,
      boolean measured,
      long mib) {}

  /**
   * Counts.
   *
   * @param trials all trials of the study
   * @param done whether a trial is done
   * @param mib memory of a trial
   */
  public static RemainingTime of(
      List<Trial> trials,
      Predicate<Trial> done,
      RecordedSeconds forecast,
      ToLongFunction<Trial> mib) {
    Map<RecordedSeconds.Kind, List<Trial>> kinds = new LinkedHashMap<>();
    trials.forEach(
        trial ->
            kinds
                .computeIfAbsent(RecordedSeconds.Kind.of(trial), kind -> new ArrayList<>())
                .add(trial));
    List<Line> lines = new ArrayList<>();
    List<Double> left = new ArrayList<>();
    kinds.forEach(
        (kind, alike) -> {
          Trial one = alike.get(0);
          int finished = (int) alike.stream().filter(done).count();
          double seconds = forecast.seconds(one);
          lines.add(
              new Line(
                  kind,
                  alike.size(),
                  finished,
                  seconds,
                  forecast.isMeasured(one),
                  mib.applyAsLong(one)));
          for (int i = finished; i < alike.size(); i++) {
            left.add(seconds);
          }
        });
    return new RemainingTime(lines, left);
  }

  /** Seconds of all trials that are not done, one after the other. */
  public double secondsLeft() {
    return left.stream().mapToDouble(Double::doubleValue).sum();
  }

  /** Seconds with several workers, the longest trials first. */
  public double secondsLeft(int workers) {
    return Makespan.seconds(left, workers);
  }
}
