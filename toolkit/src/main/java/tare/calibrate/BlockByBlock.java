package tare.calibrate;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import tare.compress.Method;
import tare.compress.Recipe;
import tare.data.CalibrationSet;
import tare.data.Progress;
import tare.data.Sample;
import tare.model.BlockReader;
import tare.model.Checkpoint;
import tare.model.ModelConfig;
import tare.model.Precision;
import tare.tensor.FreedMemory;
import tare.tensor.StorageType;

/**
 * Compresses a model block by block. Weights, sums over tokens and the methods are float32.
 *
 * <pre>{@code
 * Checkpoint model = Checkpoint.open(Path.of("data/tiny"));
 * CompressedModel rounded =
 *     new BlockByBlock().compress(model, new Rtn(4, 64), Device.cpu(), Progress.NONE);
 * CheckpointFolder.write(rounded.checkpoint(), Path.of("out/rtn"));
 * }</pre>
 *
 * <p>For each block, it runs the calibration samples up to the block, observes the inputs of its
 * linear layers, rescales and compresses their weights, and goes on to the next block. Only one
 * block's weights are on the device at a time; the hidden states of all samples wait on the host.
 *
 * <p>Rescalers see the inputs that the original model feeds to a block. A compressor that
 * {@linkplain tare.compress.Compressor#propagates propagates} sees the inputs that the already
 * compressed blocks feed to it, and {@linkplain tare.compress.Observed#DRIFT how far they drift}
 * from the original's if it asks for that. Any other compressor sees the same inputs as the
 * rescalers, divided by the rescalers' factors.
 *
 * <p>A {@linkplain Recipe#rotation rotation} comes before all this: the rotated model counts as the
 * original.
 *
 * @param batchTokens approximate number of tokens that run at once
 * @param precision precision in which samples run through the model, not AUTO. With a shorter one
 *     than float32 they run faster, and what is observed is rounded to it
 * @param written number format of the dense weights that {@link #compressInto} writes of a GGUF
 *     file or a rotated model: F32, BF16 or F16
 */
public record BlockByBlock(int batchTokens, Precision precision, StorageType written) {

  /** Checks the settings. */
  public BlockByBlock {
    if (batchTokens < 1 || precision == Precision.AUTO) {
      throw new IllegalArgumentException(
          "A calibration run needs at least 1 token at once and a precision of f32, bf16 or f16; got "
              + batchTokens
              + " and "
              + precision.label());
    }
    if (!EnumSet.of(StorageType.F32, StorageType.BF16, StorageType.F16).contains(written)) {
      throw new IllegalArgumentException(
          "Dense weights are written as f32, bf16 or f16, not as " + written);
    }
  }

  /** Runs in float32. */
  public BlockByBlock(int batchTokens) {
    this(batchTokens, Precision.F32, StorageType.F32);
  }

  /** Runs batches of 4,096 tokens in a precision. */
  public BlockByBlock(Precision precision) {
    this(4096, precision, StorageType.F32);
  }

  /** Runs batches of 4,096 tokens in float32. */
  public BlockByBlock() {
    this(Precision.F32);
  }

  /** Returns a copy that writes dense weights of a GGUF file or a rotated model in this format. */
  public BlockByBlock writing(StorageType format) {
    return new BlockByBlock(batchTokens, precision, format);
  }

  /**
   * Compresses a model with a calibration set.
   *
   * @param progress told after each block
   * @throws IllegalArgumentException if the set is empty and the method looks at text, a sample is
   *     longer than the model's context or holds a token id beyond its vocabulary, the model is
   *     packed already, its norms cannot take up the recipe's factors, inputs are not finite, or a
   *     linear layer cannot be compressed (the message names the layer)
   * @throws CancellationException if the thread is interrupted
   */
  public CompressedModel compress(
      Checkpoint checkpoint, CalibrationSet set, Method method, Device device, Progress progress) {
    requireSamples(set, method.recipe());
    requireFits(checkpoint, set.samples(), method.recipe());
    return compress(rotated(checkpoint, method), set.samples(), method, device, progress);
  }

  /**
   * Compresses a model with a method that needs no calibration set.
   *
   * @throws IllegalArgumentException if the method needs a calibration set
   */
  public CompressedModel compress(
      Checkpoint checkpoint, Method method, Device device, Progress progress) {
    requireUncalibrated(method.recipe());
    return compress(rotated(checkpoint, method), List.of(), method, device, progress);
  }

  /**
   * Refuses a recipe that {@link #compressInto} cannot write.
   *
   * @throws IllegalArgumentException if it rounds activations
   */
  public static void requireDense(Recipe recipe) {
    if (recipe.inputs().isPresent()) {
      throw new IllegalArgumentException(
          recipe.parts()
              + " rounds activations when the model runs, which a folder of dense weights cannot"
              + " record. --format compressed-tensors holds 8 bits, FP8 and MXFP4 of inputs; a study"
              + " scores any method without a folder.");
    }
  }

  /**
   * Compresses a model into a folder. Each block is written when it is done and then dropped from
   * memory. Files keep the original's number formats and shards. A GGUF file and a rotated model
   * become one file of {@link #written} numbers; each weight is rounded to the nearest of them. If
   * the process is killed, the same call continues after the last finished block, with the same
   * result. If the run fails before that, the folder is left as it was.
   *
   * @param set empty for a method that needs no calibration set
   * @param folder made if it is missing
   * @return the model, opened from the folder
   * @throws IllegalArgumentException as the other methods; also if the folder holds a checkpoint or
   *     the unfinished work of other settings, if a weight is NaN or infinite, or if the recipe
   *     rounds activations, which a folder of dense weights cannot record, or if a format other
   *     than float32 is asked for of files that keep their own
   * @throws IOException if the folder cannot be written
   */
  public CompressedModel compressInto(
      Path folder,
      Checkpoint checkpoint,
      Optional<CalibrationSet> set,
      Method method,
      Device device,
      Progress progress)
      throws IOException {
    Recipe recipe = method.recipe();
    requireDense(recipe);
    List<Sample> samples = set.map(CalibrationSet::samples).orElse(List.of());
    if (set.isPresent()) {
      requireSamples(set.get(), recipe);
      requireFits(checkpoint, samples, recipe);
    } else {
      requireUncalibrated(recipe);
    }
    String settings =
        String.join(
            " ",
            checkpoint.identity(),
            recipe.parts(),
            toString(),
            method.schedule().label(),
            set.map(CalibrationSet::fingerprint).orElse("uncalibrated"));
    checkpoint.requireDense();
    Checkpoint model = rotated(checkpoint, method);
    UnfinishedModel unfinished = UnfinishedModel.open(folder, model, written, settings);
    if (unfinished.blocks() < model.config().blocks()) {
      try {
        run(model, samples, method, device, progress, Optional.of(unfinished));
      } catch (RuntimeException | Error e) {
        unfinished.failed(e);
        throw e;
      }
    }
    return unfinished.finish();
  }

  static Checkpoint rotated(Checkpoint checkpoint, Method method) {
    return method
        .recipe()
        .rotation()
        .map(rotation -> RotatedTensors.of(checkpoint, rotation))
        .orElse(checkpoint);
  }

  private static void requireSamples(CalibrationSet set, Recipe recipe) {
    if (set.samples().isEmpty() && recipe.calibrated()) {
      throw new IllegalArgumentException(
          "The calibration set of "
              + set.selector()
              + " is empty, and "
              + recipe.parts()
              + " looks at what enters each layer. Choose at least one sample.");
    }
  }

  static void requireFits(Checkpoint checkpoint, List<Sample> samples, Recipe recipe) {
    for (int i = 0; i < samples.size(); i++) {
      int[] tokens = samples.get(i).tokens();
      checkpoint.config().requireFits(tokens.length);
      int highest = Arrays.stream(tokens).max().orElse(0);
      int vocabulary = checkpoint.config().vocabulary();
      if (highest >= vocabulary) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "Sample %d of the calibration set holds the token id %d, but the model's vocabulary has %d ids: the set was made with another tokenizer. Choose a set for this model (tare select).",
                i + 1,
                highest,
                vocabulary));
      }
    }
    if (!recipe.rescalers().isEmpty() && !checkpoint.config().architecture().normsTakeScales()) {
      throw new IllegalArgumentException(
          checkpoint.path()
              + " has norms after the sum with the residual stream, or norms that multiply by 1 +"
              + " their weight. They cannot absorb the scale of a linear layer's inputs: "
              + recipe.name()
              + " cannot be used with this model.");
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
      Method method,
      Device device,
      Progress progress) {
    return run(checkpoint, samples, method, device, progress, Optional.empty()).model(checkpoint);
  }

  private CompressionRun run(
      Checkpoint checkpoint,
      List<Sample> samples,
      Method method,
      Device device,
      Progress progress,
      Optional<UnfinishedModel> written) {
    checkpoint.requireDense();
    ModelConfig config = checkpoint.config();
    int done = written.map(UnfinishedModel::blocks).orElse(0);
    BlockReader blocks = BlockReader.open(checkpoint, Precision.F32, device);
    BlockReader running = BlockReader.open(checkpoint, precision, device);
    try (NDManager manager = NDManager.newBaseManager(device)) {
      CompressionRun run =
          done > 0
              ? written.orElseThrow().resume(method, config, running)
              : new CompressionRun(
                  method, Residual.embed(samples, batchTokens, config, blocks, manager), running);
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
    } finally {
      FreedMemory.giveBack();
    }
  }
}
