package tare.calibrate;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.function.Supplier;
import tare.compress.Compressed;
import tare.compress.LayerInputs;
import tare.compress.LayerReport;
import tare.compress.Observed;
import tare.compress.Recipe;
import tare.compress.Storage;
import tare.data.CalibrationSet;
import tare.data.Progress;
import tare.data.Sample;
import tare.format.Overlay;
import tare.model.Checkpoint;
import tare.model.DecoderBlock;
import tare.model.DecoderEnds;
import tare.model.Linear;
import tare.model.LinearGroup;
import tare.model.Positions;
import tare.model.Precision;

/**
 * Compresses a model one block after the other, in float32: run the calibration samples up to the
 * block, observe the inputs of its linears, compress them, and run the samples through the
 * compressed block to get the inputs of the next. One block's weights are on the device at a time;
 * the hidden states of all samples wait on the host.
 *
 * @param batchTokens about how many tokens run at once
 */
public record BlockByBlock(int batchTokens) {

  /** Batches of 4,096 tokens. */
  public BlockByBlock() {
    this(4096);
  }

  /**
   * Samples of one length that run together: hidden states {@code [samples, tokens, width]},
   * row-major.
   */
  private record Batch(int samples, int tokens, float[] hidden) {}

  /**
   * Compresses with a calibration set.
   *
   * @param progress told after each block
   * @throws IllegalArgumentException if a sample is longer than the model's context, or a linear
   *     cannot be compressed (the message names it)
   * @throws CancellationException if the thread is interrupted
   */
  public CompressedModel compress(
      Checkpoint checkpoint, CalibrationSet set, Recipe recipe, Device device, Progress progress) {
    set.samples().forEach(sample -> checkpoint.config().requireFits(sample.tokens().length));
    return compress(checkpoint, set.samples(), recipe, device, progress);
  }

  /**
   * Compresses with a method that looks at no inputs.
   *
   * @throws IllegalArgumentException if the method needs a calibration set
   */
  public CompressedModel compress(
      Checkpoint checkpoint, Recipe recipe, Device device, Progress progress) {
    if (recipe.compressor().calibrated()) {
      throw new IllegalArgumentException(recipe.compressor().name() + " needs a calibration set");
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
    Map<String, Storage> linears = new LinkedHashMap<>();
    List<LayerReport> reports = new ArrayList<>();
    try (NDManager manager = NDManager.newBaseManager(device);
        DecoderEnds ends = DecoderEnds.load(checkpoint, Precision.F32, manager)) {
      List<Batch> batches = embed(samples, ends, manager);
      for (int index = 0; index < blocks; index++) {
        try (NDManager scope = manager.newSubManager()) {
          DecoderBlock block = ends.block(index, scope);
          Map<LinearGroup, LayerInputs> inputs = observe(block, batches, checkpoint, scope);
          Map<String, NDArray> weights = new HashMap<>();
          for (LinearGroup group : block.groups()) {
            for (Linear linear : group.linears()) {
              Compression done = compress(linear, inputs.get(group), recipe, scope);
              linears.put(linear.name(), done.storage());
              weights.put(linear.name(), done.weight());
              reports.add(done.report());
            }
          }
          if (index < blocks - 1 && !batches.isEmpty()) {
            DecoderBlock compressed = block.with(weights);
            batches = batches.stream().map(b -> forward(compressed, b, checkpoint, scope)).toList();
          }
        }
        progress.at("compressing blocks", index + 1, blocks);
        if (Thread.currentThread().isInterrupted()) {
          throw new CancellationException("interrupted after block " + index);
        }
      }
    }
    return new CompressedModel(
        checkpoint.withTensors(overlay(checkpoint, linears)), linears, reports);
  }

  private static Overlay overlay(Checkpoint checkpoint, Map<String, Storage> linears) {
    Map<String, Supplier<float[]>> replaced = new LinkedHashMap<>();
    linears.forEach((name, storage) -> replaced.put(name, storage::dense));
    return new Overlay(checkpoint.tensors(), replaced);
  }

  /** Embeds the samples, neighbours of one length together. */
  private List<Batch> embed(List<Sample> samples, DecoderEnds ends, NDManager manager) {
    List<Batch> batches = new ArrayList<>();
    for (int start = 0, end; start < samples.size(); start = end) {
      int tokens = samples.get(start).tokens().length;
      end = start + 1;
      while (end < samples.size()
          && samples.get(end).tokens().length == tokens
          && (end - start + 1) * tokens <= batchTokens) {
        end++;
      }
      int[][] rows = samples.subList(start, end).stream().map(Sample::tokens).toArray(int[][]::new);
      try (NDManager scope = manager.newSubManager()) {
        batches.add(new Batch(rows.length, tokens, ends.embed(rows, scope).toFloatArray()));
      }
    }
    return batches;
  }

  private static Map<LinearGroup, LayerInputs> observe(
      DecoderBlock block, List<Batch> batches, Checkpoint checkpoint, NDManager scope) {
    Map<LinearGroup, InputSums> sums = new LinkedHashMap<>();
    for (Batch batch : batches) {
      try (NDManager inner = scope.newSubManager()) {
        block.observe(
            hidden(batch, checkpoint, inner),
            Positions.causal(batch.tokens(), checkpoint.config(), inner),
            (group, x) ->
                sums.computeIfAbsent(
                        group,
                        g ->
                            new InputSums(
                                (int) x.getShape().get(2),
                                Set.of(Observed.GRAM),
                                scope))
                    .add(x));
      }
    }
    Map<LinearGroup, LayerInputs> inputs = new LinkedHashMap<>();
    sums.forEach((group, sum) -> inputs.put(group, sum.total()));
    return inputs;
  }

  private static Batch forward(
      DecoderBlock block, Batch batch, Checkpoint checkpoint, NDManager scope) {
    try (NDManager inner = scope.newSubManager()) {
      NDArray next =
          block.forward(
              hidden(batch, checkpoint, inner),
              Positions.causal(batch.tokens(), checkpoint.config(), inner));
      return new Batch(batch.samples(), batch.tokens(), next.toFloatArray());
    }
  }

  private static NDArray hidden(Batch batch, Checkpoint checkpoint, NDManager manager) {
    return manager.create(
        batch.hidden(), new Shape(batch.samples(), batch.tokens(), checkpoint.config().width()));
  }

  /** The weight belongs to the block's manager. */
  private record Compression(Storage storage, NDArray weight, LayerReport report) {}

  private static Compression compress(
      Linear linear, LayerInputs inputs, Recipe recipe, NDManager manager) {
    try (NDManager scope = manager.newSubManager()) {
      long start = System.nanoTime();
      Compressed compressed;
      try {
        compressed = recipe.compressor().forLinear(linear.name()).compress(linear.weight(), inputs);
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(
            linear.name() + " cannot be compressed: " + e.getMessage(), e);
      }
      double seconds = (System.nanoTime() - start) / 1e9;
      Shape shape = linear.weight().getShape();
      float[] dense = compressed.storage().dense();
      NDArray weight = manager.create(dense, shape);
      double error = Double.NaN;
      double relative = Double.NaN;
      if (inputs != null) {
        NDArray change = weight.sub(linear.weight());
        change.attach(scope);
        double changed = inputs.energy(change);
        error = changed / inputs.tokens();
        relative = changed / inputs.energy(linear.weight());
      }
      LayerReport report =
          new LayerReport(
              linear.name(),
              shape.get(0),
              shape.get(1),
              error,
              relative,
              compressed.storage().bitsPerWeight(),
              (double) zeros(dense) / dense.length,
              compressed.note(),
              seconds);
      return new Compression(compressed.storage(), weight, report);
    }
  }

  private static long zeros(float[] values) {
    long count = 0;
    for (float value : values) {
      if (value == 0) {
        count++;
      }
    }
    return count;
  }
}
