package tare.calibrate;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import java.util.List;
import java.util.concurrent.CancellationException;
import tare.compress.Recipe;
import tare.data.CalibrationSet;
import tare.data.Progress;
import tare.data.Sample;
import tare.model.Checkpoint;
import tare.model.DecoderEnds;
import tare.model.Precision;

/**
 * Compresses a model one block after the other, in float32: run the calibration samples up to the
 * block, observe the inputs of its linears, rescale and compress them, and go on to the next. One
 * block's weights are on the device at a time; the hidden states of all samples wait on the host.
 *
 * <p>Rescalers see what the original model feeds to a block. A compressor sees what the compressed
 * blocks before it feed, if it {@linkplain tare.compress.Compressor#propagates propagates}, else
 * the same as the rescalers, divided by their factors.
 *
 * @param batchTokens about how many tokens run at once
 * @param schedule in which steps the linears of a block are compressed
 */
public record BlockByBlock(int batchTokens, Schedule schedule) {

  /** Batches of 4,096 tokens, all linears of a block at once. */
  public BlockByBlock() {
    this(4096);
  }

  /** All linears of a block at once. */
  public BlockByBlock(int batchTokens) {
    this(batchTokens, Schedule.BLOCK);
  }

  /** The same with another schedule. */
  public BlockByBlock with(Schedule other) {
    return new BlockByBlock(batchTokens, other);
  }

  /**
   * Compresses with a calibration set.
   *
   * @param progress told after each block
   * @throws IllegalArgumentException if a sample is longer than the model's context, the model's
   *     norms cannot take up what the recipe rescales, inputs are not finite, or a linear cannot be
   *     compressed (the message names it)
   * @throws CancellationException if the thread is interrupted
   */
  public CompressedModel compress(
      Checkpoint checkpoint, CalibrationSet set, Recipe recipe, Device device, Progress progress) {
    set.samples().forEach(sample -> checkpoint.config().requireFits(sample.tokens().length));
    if (!recipe.rescalers().isEmpty() && checkpoint.config().architecture().normAfter()) {
      throw new IllegalArgumentException(
          checkpoint.path()
              + " has its norms after the sum with the residual stream, so that nothing can take up"
              + " the scale of a linear's inputs: "
              + recipe.name()
              + " does not apply to it.");
    }
    return compress(checkpoint, set.samples(), recipe, device, progress);
  }

  /**
   * Compresses with a method that looks at no inputs.
   *
   * @throws IllegalArgumentException if the method needs a calibration set
   */
  public CompressedModel compress(
      Checkpoint checkpoint, Recipe recipe, Device device, Progress progress) {
    if (recipe.calibrated()) {
      throw new IllegalArgumentException(recipe.parts() + " needs a calibration set");
    }
    return compress(checkpoint, List.of(), recipe, device, progress);
  }

  private CompressedModel compress(
      Checkpoint checkpoint,
      List<Sample> samples,
      Recipe recipe,
      Device device,
      Progress progress) {
    int blocks = checkpoint.config().blocks();
    try (NDManager manager = NDManager.newBaseManager(device);
        DecoderEnds ends = DecoderEnds.load(checkpoint, Precision.F32, manager)) {
      Residual embedded = Residual.embed(samples, batchTokens, checkpoint.config(), ends, manager);
      CompressionRun run = new CompressionRun(recipe, schedule, embedded);
      for (int index = 0; index < blocks; index++) {
        try (NDManager scope = manager.newSubManager()) {
          run.block(ends.block(index, scope), index == blocks - 1, scope);
        }
        progress.at("compressing blocks", index + 1, blocks);
        if (Thread.currentThread().isInterrupted()) {
          throw new CancellationException("interrupted after block " + index);
        }
      }
      return run.model(checkpoint);
    }
  }
}
