package tare.estimate;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import tare.study.Trial;

/**
 * The remaining work of a study.
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
   * Trials of equal cost.
   *
   * @param kind their common kind
   * @param trials number of trials
   * @param done number of finished trials
   * @param seconds seconds of one trial
   * @param measured whether the seconds come from finished trials; else they are an estimate
   * @param mib memory for the arrays of one trial
   */
  public record Line(
      RecordedSeconds.Kind kind,
      int trials,
      int done,
      double seconds,
      boolean measured,
      long mib) {}

  /**
   * Sums up the trials of a study.
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

  /** Seconds of all remaining trials, one after the other. */
  public double secondsLeft() {
    return left.stream().mapToDouble(Double::doubleValue).sum();
  }

  /** Seconds with several workers, which take the longest trials first. */
  public double secondsLeft(int workers) {
    return Makespan.seconds(left, workers);
  }
}
