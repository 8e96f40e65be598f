package tare.estimate;

import java.util.HashMap;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;
import tare.study.Materials;
import tare.study.Trial;

/**
 * The work of a trial relative to other trials of its study. It depends on the settings alone, so
 * it is the same on every machine and at any time.
 *
 * @param parameters number of a model's weights, by the model's name
 */
public record RelativeCost(ToLongFunction<String> parameters) implements ToDoubleFunction<Trial> {

  /** Calibration runs each block with the original weights, the new ones, or both. */
  private static final int CALIBRATION_PASSES = 3;

  /** The cost of solving for the weights, as a number of tokens through the model. */
  private static final int SOLVING = 2048;

  /** Takes the sizes of models from their configurations, each read once. */
  public static RelativeCost of(Materials materials) {
    Map<String, Long> known = new HashMap<>();
    return new RelativeCost(name -> known.computeIfAbsent(name, materials::parameters));
  }

  /** Number of tokens that run through the model, times its number of weights. */
  @Override
  public double applyAsDouble(Trial trial) {
    double tokens = trial.tasks().stream().mapToDouble(task -> task.plan().roughTokens()).sum();
    if (trial.calibration() != null) {
      tokens += SOLVING + (double) CALIBRATION_PASSES * trial.calibration().budget().tokens();
    }
    return tokens * parameters.applyAsLong(trial.model());
  }
}
