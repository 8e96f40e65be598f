package tare.estimate;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import tare.study.Trial;

/**
 * The parts that trials share. A worker opens a model once, and chooses a calibration set once, for
 * all its trials with it.
 *
 * @param trials number of trials, each of which would open its model
 * @param models number of times that a model is opened if every worker opens it at most once
 * @param calibrated number of trials that need a calibration set
 * @param sets number of different sets that they need
 */
public record SharedParts(int trials, int models, int calibrated, int sets) {

  private record SetKey(String model, Trial.Calibration calibration) {}

  /**
   * Counts the shared parts.
   *
   * @param trials trials that are not done
   * @param workers at least 1
   */
  public static SharedParts of(List<Trial> trials, int workers) {
    if (workers < 1) {
      throw new IllegalArgumentException("workers must be 1 or more; got " + workers);
    }
    Map<String, Long> byModel =
        trials.stream().collect(Collectors.groupingBy(Trial::model, Collectors.counting()));
    long models = byModel.values().stream().mapToLong(count -> Math.min(count, workers)).sum();
    Set<SetKey> sets = new HashSet<>();
    trials.stream()
        .filter(trial -> trial.calibration() != null)
        .forEach(trial -> sets.add(new SetKey(trial.model(), trial.calibration())));
    long calibrated = trials.stream().map(Trial::calibration).filter(Objects::nonNull).count();
    return new SharedParts(trials.size(), (int) models, (int) calibrated, sets.size());
  }

  /**
   * Seconds of work that sharing saves, summed over all workers.
   *
   * @param open seconds to open a model
   * @param choose seconds to choose a calibration set
   */
  public double secondsSaved(double open, double choose) {
    return (trials - models) * open + (calibrated - sets) * choose;
  }
}
