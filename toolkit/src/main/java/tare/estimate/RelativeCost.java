package tare.estimate;

import java.util.HashMap;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;
import tare.study.Materials;
import tare.study.Trial;

/**
 * How much work a trial is beside others of its study, from its settings alone: the same on every
 * machine and at any time.
 *
 * @param parameters the number of a model's weights, by its name
 */
public record RelativeCost(ToLongFunction<String> parameters) implements ToDoubleFunction<Trial> {

  /** Calibration runs each block with the original weights, the new ones, or both. */
  private static final int CALIBRATION_PASSES = 3;

  /** What solving for the weights is worth, in tokens run through the model. */
  private static final int SOLVING = 2048;

  /** Sizes of models from their configurations, each looked at once. */
  public static RelativeCost of(Materials materials) {
    Map<String, Long> known = new HashMap<>();
    return new RelativeCost(name -> known.computeIfAbsent(name, materials::parameters));
  }

  /** Tokens that run through the model, times its weights. */
  @Override
  public double applyAsDouble(Trial trial) {
    double tokens = trial.tasks().stream().mapToDouble(task -> task.plan().roughTokens()).sum();
    if (trial.calibration() != null) {
      tokens += SOLVING + (double) CALIBRATION_PASSES * trial.calibration().budget().tokens();
    }
    return tokens * parameters.applyAsLong(trial.model());
  }
}
