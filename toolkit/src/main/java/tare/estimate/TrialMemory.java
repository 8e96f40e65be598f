package tare.estimate;

import java.util.function.Function;
import java.util.function.ToLongFunction;
import tare.compress.Compressor;
import tare.compress.Method;
import tare.compress.Observed;
import tare.compress.Pruner;
import tare.model.ModelConfig;
import tare.model.Precision;
import tare.study.TaskPlan;
import tare.study.Trial;

/**
 * The peak memory of a trial's arrays, from the sizes of its model. Memory of Java and of the
 * tensor library itself is not counted.
 *
 * @param sizes sizes of a model, by its name; config.json is enough if the weights are missing
 * @param precision precision of the evaluation, not AUTO
 */
public record TrialMemory(Function<String, ModelConfig> sizes, Precision precision)
    implements ToLongFunction<Trial> {

  /** Number of tokens that run at once in calibration, unless a sample is longer. */
  private static final int CALIBRATION_BATCH = 4096;

  /** Number of tokens that run at once in evaluation. */
  private static final int EVALUATION_BATCH = 2048;

  /** Number of logits that are computed at once, twice, as float32. */
  private static final long LOGITS = (2L * Float.BYTES) << 24;

  /** Bytes per quantized weight until it is evaluated: a code, and its share of a scale. */
  private static final int QUANTIZED = 2;

  /** Bytes per pruned weight: a float32, and whether it is pruned. */
  private static final int PRUNED = 5;

  private static final long MIB = 1 << 20;

  /** Peak memory of a trial in MiB. */
  @Override
  public long applyAsLong(Trial trial) {
    ModelMemory need = new ModelMemory(sizes.apply(trial.model()));
    long kept = 0;
    long compressing = 0;
    Method method = trial.method();
    if (!(method instanceof Method.Uncompressed)) {
      Compressor compressor = method.recipe().compressor();
      boolean prunes = compressor instanceof Pruner || compressor instanceof Pruner.InSequence;
      kept = need.linears() * (prunes ? PRUNED : QUANTIZED);
      compressing = need.blockAtATime();
    }
    if (trial.calibration() != null) {
      int samples = trial.calibration().budget().samples();
      int length = trial.calibration().budget().tokensPerSample();
      compressing +=
          need.hiddenStates(samples, length)
              + need.activations(Math.max(CALIBRATION_BATCH, length));
      if (method.recipe().compressor().needs().contains(Observed.DRIFT)) {
        compressing += need.hiddenStates(samples, length) + need.grams(); // of the original model
      }
    }
    long evaluating =
        need.resident(precision == Precision.F32 ? Float.BYTES : Short.BYTES)
            + need.activations(EVALUATION_BATCH)
            + LOGITS
            + (isCompared(trial) ? need.ends() : 0);
    return (kept + Math.max(compressing, evaluating)) / MIB;
  }

  /** Whether the output matrix of the original is in memory beside the model. */
  private static boolean isCompared(Trial trial) {
    return trial.tasks().stream().anyMatch(task -> task.plan() instanceof TaskPlan.Divergence);
  }
}
