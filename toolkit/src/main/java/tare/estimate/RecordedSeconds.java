package tare.estimate;

import ai.djl.Device;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import tare.compress.Method;
import tare.data.Budget;
import tare.study.Trial;
import tare.study.TrialFiles;

/**
 * Predicts the seconds of trials: the mean of finished trials of the same kind, and an estimate for
 * other kinds. The selection of calibration sets is not counted.
 *
 * @param measured mean seconds of finished trials, by kind
 * @param otherwise estimate for kinds without a finished trial
 */
public record RecordedSeconds(Map<Kind, Double> measured, ToDoubleFunction<Trial> otherwise) {

  /** Copies the map. */
  public RecordedSeconds {
    measured = Map.copyOf(measured);
  }

  /**
   * Trials of equal cost.
   *
   * @param model name or path
   * @param method the compression method
   * @param budget budget of the calibration set; {@code null} without one
   */
  public record Kind(String model, Method method, Budget budget) {

    /** The kind of a trial. */
    public static Kind of(Trial trial) {
      return new Kind(
          trial.model(),
          trial.method(),
          trial.calibration() == null ? null : trial.calibration().budget());
    }
  }

  /**
   * Predicts from the results of a study so far that are from the same kind of device.
   *
   * @param trials all its trials
   * @param files its results
   * @param device the device of the trials to come
   * @param otherwise seconds of kinds without a finished trial
   */
  public static RecordedSeconds of(
      List<Trial> trials, TrialFiles files, Device device, ToDoubleFunction<Trial> otherwise) {
    Set<String> finished =
        files.finished().stream()
            .filter(id -> files.deviceType(id).equals(device.getDeviceType()))
            .collect(Collectors.toSet());
    return new RecordedSeconds(
        trials.stream()
            .filter(trial -> finished.contains(trial.id()))
            .collect(
                Collectors.groupingBy(
                    Kind::of, Collectors.averagingDouble(trial -> files.seconds(trial.id())))),
        otherwise);
  }

  /**
   * Predicts from the results of a study so far. Other kinds are predicted from their relative work
   * and the speed of finished trials. Until a trial finishes, values are relative work, not
   * seconds.
   *
   * @param device the device of the trials to come
   * @param work see {@link RelativeCost}
   */
  public static RecordedSeconds byWork(
      List<Trial> trials, TrialFiles files, Device device, ToDoubleFunction<Trial> work) {
    RecordedSeconds done = of(trials, files, device, work);
    List<Trial> known = trials.stream().filter(done::isMeasured).toList();
    double seconds = known.stream().mapToDouble(done::seconds).sum();
    double all = known.stream().mapToDouble(work).sum();
    double each = all > 0 && seconds > 0 ? seconds / all : 1;
    return new RecordedSeconds(done.measured(), trial -> work.applyAsDouble(trial) * each);
  }

  /** Whether a trial of the same kind is finished. */
  public boolean isMeasured(Trial trial) {
    return measured.containsKey(Kind.of(trial));
  }

  /** Seconds of one trial. */
  public double seconds(Trial trial) {
    Double known = measured.get(Kind.of(trial));
    return known == null ? otherwise.applyAsDouble(trial) : known;
  }
}
