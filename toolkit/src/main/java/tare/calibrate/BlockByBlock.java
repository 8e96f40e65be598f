package tare.calibrate;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import tare.compress.Recipe;
import tare.data.CalibrationSet;
import tare.data.Progress;
import tare.data.Sample;
import tare.model.BlockReader;
import tare.model.Checkpoint;
import tare.model.ModelConfig;
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
    requireFits(checkpoint, set.samples(), recipe);
    return compress(checkpoint, set.samples(), recipe, device, progress);
  }

  /**
   * Compresses with a method that looks at no inputs.
   *
   * @throws IllegalArgumentException if the method needs a calibration set
   */
  public CompressedModel compress(
      Checkpoint checkpoint, Recipe recipe, Device device, Progress progress) {
    requireUncalibrated(recipe);
    return compress(checkpoint, List.of(), recipe, device, progress);
  }

  /**
   * Compresses into a folder: each block is written when it is done, in the number formats and
   * shards of the original (float32 for a GGUF file), and forgotten. If the process is killed, the
   * same call goes on after the last block that was done, with the same result.
   *
   * @param set empty for a method that looks at no inputs
   * @param folder made if it is not there
   * @return the model as it is opened from the folder
   * @throws IllegalArgumentException as the other methods, or if the folder holds a checkpoint or
   *     the unfinished work of other settings, or if the recipe rounds inputs, of which a folder of
   *     dense weights cannot tell
   * @throws IOException if the folder cannot be written
   */
  public CompressedModel compressInto(
      Path folder,
      Checkpoint checkpoint,
      Optional<CalibrationSet> set,
      Recipe recipe,
      Device device,
      Progress progress)
      throws IOException {
    if (recipe.inputs().isPresent()) {
      throw new IllegalArgumentException(
          recipe.parts()
              + " rounds inputs when the model runs, of which a folder of dense weights cannot tell:"
              + " write it in the format compressed-tensors.");
    }
    List<Sample> samples = set.map(CalibrationSet::samples).orElse(List.of());
    if (set.isPresent()) {
      requireFits(checkpoint, samples, recipe);
    } else {
      requireUncalibrated(recipe);
    }
    String settings =
        String.join(
            " ",
            checkpoint.revision(),
            recipe.parts(),
            toString(),
            set.map(CalibrationSet::fingerprint).orElse("uncalibrated"));
    UnfinishedModel unfinished = UnfinishedModel.in(folder, checkpoint, settings);
    if (unfinished.blocks() < checkpoint.config().blocks()) {
      run(checkpoint, samples, recipe, device, progress, Optional.of(unfinished));
    }
    return unfinished.finish();
  }

  private static void requireFits(Checkpoint checkpoint, List<Sample> samples, Recipe recipe) {
    samples.forEach(sample -> checkpoint.config().requireFits(sample.tokens().length));
    if (!recipe.rescalers().isEmpty() && checkpoint.config().architecture().normAfter()) {
      throw new IllegalArgumentException(
          checkpoint.path()
              + " has its norms after the sum with the residual stream, so that nothing can take up"
              + " the scale of a linear's inputs: "
              + recipe.name()
              + " does not apply to it.");
    }
  }

  private static void requireUncalibrated(Recipe recipe) {
    if (recipe.calibrated()) {
      throw new IllegalArgumentException(recipe.parts() + " needs a calibration set");
    }
  }

  private CompressedModel compress(
      Checkpoint checkpoint,
      List<Sample> samples,
      Recipe recipe,
      Device device,
      Progress progress) {
    return run(checkpoint, samples, recipe, device, progress, Optional.empty()).model(checkpoint);
  }

  private CompressionRun run(
      Checkpoint checkpoint,
      List<Sample> samples,
      Recipe recipe,
      Device device,
      Progress progress,
      Optional<UnfinishedModel> written) {
    ModelConfig config = checkpoint.config();
    int done = written.map(UnfinishedModel::blocks).orElse(0);
    try (NDManager manager = NDManager.newBaseManager(device);
        BlockReader blocks = BlockReader.open(checkpoint, Precision.F32, device)) {
      CompressionRun run =
          done > 0
              ? written.orElseThrow().resume(recipe, schedule, config)
              : new CompressionRun(
                  recipe, schedule, Residual.embed(samples, batchTokens, config, blocks, manager));
      for (int index = done; index < config.blocks(); index++) {
        try (NDManager scope = manager.newSubManager()) {
          run.block(blocks.block(index, scope), index == config.blocks() - 1, scope);
        }
        if (written.isPresent()) {
          written.get().add(run);
        }
        progress.at("compressing blocks", index + 1, config.blocks());
        if (Thread.currentThread().isInterrupted()) {
          throw new CancellationException("interrupted after block " + index);
        }
      }
      return run;
    }
  }
}
