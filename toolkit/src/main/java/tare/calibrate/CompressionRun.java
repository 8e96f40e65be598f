package tare.calibrate;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tare.compress.Compressed;
import tare.compress.Compressor;
import tare.compress.LayerInputs;
import tare.compress.Method;
import tare.compress.Observed;
import tare.compress.Recipe;
import tare.format.Overlay;
import tare.format.TensorBytes;
import tare.grid.Storage;
import tare.model.BlockReader;
import tare.model.Checkpoint;
import tare.model.DecoderBlock;
import tare.model.Linear;
import tare.model.LinearGroup;
import tare.tensor.FromHeap;

/**
 * The state of compressing one model: the finished blocks, and the samples before the next block.
 */
final class CompressionRun {

  /** Names of the two {@link #streams}. */
  static final String ORIGINAL = "original";

  static final String COMPRESSED = "compressed";

  private final BlockReader running;
  private final Recipe recipe;
  private final Method.Schedule schedule;
  private final boolean propagates;
  private final boolean drifts;
  private final Set<Observed> forCompressor = EnumSet.noneOf(Observed.class);
  private final Set<Observed> ofOriginal = EnumSet.noneOf(Observed.class);
  private final Map<String, Storage> linears = new LinkedHashMap<>();
  private final Map<String, float[]> rescaled = new HashMap<>();
  private final List<LayerReport> reports = new ArrayList<>();

  /** The samples' hidden states in the original model; null if no step needs them. */
  private Residual original;

  /** The samples' hidden states after the compressed blocks; null if no step needs them. */
  private Residual compressed;

  /**
   * A run before the first block.
   *
   * @param running makes blocks run in the precision of calibration
   */
  CompressionRun(Method method, Residual embedded, BlockReader running) {
    this(method, embedded, embedded, List.of(), running);
  }

  /**
   * A run between two blocks.
   *
   * @param original the samples' hidden states in the original model
   * @param compressed the samples' hidden states after the compressed blocks
   * @param reports on the finished blocks
   * @param running makes blocks run in the precision of calibration
   */
  CompressionRun(
      Method method,
      Residual original,
      Residual compressed,
      List<LayerReport> reports,
      BlockReader running) {
    this.running = running;
    this.reports.addAll(reports);
    recipe = method.recipe();
    schedule = method.schedule();
    propagates = recipe.compressor().propagates();
    forCompressor.addAll(recipe.compressor().needs());
    forCompressor.add(recipe.compressor().usesGram() ? Observed.GRAM : Observed.INPUTS);
    recipe.rescalers().forEach(rescaler -> ofOriginal.addAll(rescaler.needs()));
    if (!propagates) {
      ofOriginal.addAll(forCompressor);
    }
    drifts = propagates && forCompressor.contains(Observed.DRIFT);
    this.original = ofOriginal.isEmpty() && !drifts ? original.none() : original;
    this.compressed = propagates ? compressed : compressed.none();
  }

  /**
   * A block before and after its linear layers were compressed.
   *
   * @param before the rescaled block, which computes the same function as the original
   * @param after the compressed block
   */
  record Change(DecoderBlock before, DecoderBlock after) {}

  /**
   * Rescales and compresses the next block.
   *
   * @param last whether this is the last block
   * @param scope owns the block's weights and all computed arrays
   */
  Change block(DecoderBlock block, boolean last, NDManager scope) {
    Residual before = original;
    Residual.Pass pass =
        original.pass(running.narrowed(block), Residual.Watch.all(ofOriginal), last, scope);
    Rescaled now = Rescaled.of(block, recipe.rescalers(), pass.inputs(), original);
    original = pass.after();
    now.tensors().forEach(this::keepUnlessLinear);
    DecoderBlock done = compress(now, before, scope);
    if (!last) {
      DecoderBlock runs = running.narrowed(done);
      compressed = compressed.pass(runs, Residual.Watch.NONE, false, scope).after();
    }
    return new Change(now.block(), done);
  }

  /**
   * Keeps the changed norms and biases. Rescaled linear layers are not kept, because they are
   * compressed next.
   */
  private void keepUnlessLinear(String name, NDArray values) {
    if (values.getShape().dimension() == 1) {
      rescaled.put(name, values.toFloatArray());
    }
  }

  /**
   * Compresses one group of linear layers after the other.
   *
   * @param before the original model's samples before the block
   */
  private DecoderBlock compress(Rescaled block, Residual before, NDManager scope) {
    boolean afterEachGroup = propagates && schedule == Method.Schedule.TRUE_SEQUENTIAL;
    Map<String, LayerInputs> inputs = block.inputs();
    Optional<Residual.Original> beside =
        drifts
            ? Optional.of(new Residual.Original(before, running.narrowed(block.block())))
            : Optional.empty();
    if (propagates && !afterEachGroup) {
      inputs = observe(block.block(), Residual.Watch.all(forCompressor), beside, scope);
    }
    DecoderBlock done = block.block();
    for (LinearGroup group : block.block().groups()) {
      if (afterEachGroup) {
        Residual.Watch watch = Residual.Watch.only(group.name(), forCompressor);
        inputs = observe(done, watch, beside, scope);
      }
      Compressor compressor = recipe.compressor().sharing(() -> largest(group));
      Map<String, NDArray> weights = new HashMap<>();
      for (Linear linear : group.linears()) {
        weights.put(linear.name(), compress(compressor, linear, inputs.get(group.name()), scope));
      }
      done = done.with(weights);
    }
    return done;
  }

  private static double largest(LinearGroup group) {
    return group.linears().stream()
        .mapToDouble(linear -> Compressor.largest(linear.weight()))
        .max()
        .orElseThrow();
  }

  private Map<String, LayerInputs> observe(
      DecoderBlock block,
      Residual.Watch watch,
      Optional<Residual.Original> beside,
      NDManager scope) {
    Residual.Watch both = beside.map(watch::beside).orElse(watch);
    return compressed.pass(running.narrowed(block), both, true, scope).inputs();
  }

  /**
   * Compresses one linear layer and reports on it.
   *
   * @param inputs null without samples
   * @param manager owns the result
   * @return the decoded weight, {@code [out, in]}
   */
  private NDArray compress(
      Compressor compressor, Linear linear, LayerInputs inputs, NDManager manager) {
    long start = System.nanoTime();
    Compressed result;
    try {
      result = compressor.forLinear(linear.name()).compress(linear.weight(), inputs);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          linear.name() + " cannot be compressed: " + e.getMessage(), e);
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    Shape shape = linear.weight().getShape();
    Storage storage = result.storage().stored();
    float[] dense = storage.dense();
    requireWhole(linear.name(), dense, shape);
    NDArray weight = FromHeap.copy(dense, shape, manager);
    double error = Double.NaN;
    double relative = Double.NaN;
    if (inputs != null) {
      try (NDArray change = weight.sub(linear.weight())) {
        double changed = inputs.energy(change);
        error = changed / inputs.weight();
        relative = changed / inputs.energy(linear.weight());
      }
    }
    linears.put(linear.name(), storage);
    reports.add(
        new LayerReport(
            linear.name(),
            shape.get(0),
            shape.get(1),
            error,
            relative,
            storage.bitsPerWeight(),
            (double) zeros(dense) / dense.length,
            note(result, storage),
            seconds));
    return weight;
  }

  /** The compressor's note, and a word on a last group that is shorter than the others. */
  private static String note(Compressed result, Storage storage) {
    String shorter =
        storage instanceof Storage.Coded coded && coded.columns() % coded.groupSize() != 0
            ? String.format(
                Locale.ROOT,
                "groups of %d do not divide %d inputs, the last group has %d",
                coded.groupSize(),
                coded.columns(),
                coded.columns() % coded.groupSize())
            : "";
    return Stream.of(result.note(), shorter)
        .filter(each -> !each.isEmpty())
        .collect(Collectors.joining("; "));
  }

  /** A compressor of a user's own may return anything: name the layer before the model breaks. */
  private static void requireWhole(String linear, float[] dense, Shape shape) {
    if (dense.length != shape.size()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s: the compressor returned %d weights, and the layer has %d x %d = %d. Return all"
                  + " of them, row by row, also those that are 0.",
              linear,
              dense.length,
              shape.get(0),
              shape.get(1),
              shape.size()));
    }
    for (int i = 0; i < dense.length; i++) {
      if (!Float.isFinite(dense[i])) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "%s: the compressor returned %s for the weight of output %d and input %d. A scale"
                    + " of 0 or an input that is always 0 may divide by 0 there.",
                linear,
                dense[i],
                i / shape.get(1),
                i % shape.get(1)));
      }
    }
  }

  private static long zeros(float[] values) {
    long zeros = 0;
    for (float value : values) {
      if (value == 0) {
        zeros++;
      }
    }
    return zeros;
  }

  /** The samples' hidden states before the next block, as tensors of a file. */
  Map<String, TensorBytes> streams() {
    Map<String, TensorBytes> streams = new LinkedHashMap<>(original.tensors(ORIGINAL));
    streams.putAll(compressed.tensors(COMPRESSED));
    return streams;
  }

  /** The reports on the finished blocks. */
  List<LayerReport> reports() {
    return reports;
  }

  /**
   * Hands over the weights that changed since the last call, by name, and drops them from this run.
   */
  Map<String, float[]> take() {
    Map<String, float[]> changed = new LinkedHashMap<>(rescaled);
    linears.forEach((name, storage) -> changed.put(name, storage.dense()));
    rescaled.clear();
    linears.clear();
    return changed;
  }

  /** The compressed model. */
  CompressedModel model(Checkpoint checkpoint) {
    Map<String, Supplier<float[]>> replaced = new LinkedHashMap<>();
    rescaled.forEach((name, values) -> replaced.put(name, () -> values));
    linears.forEach((name, storage) -> replaced.put(name, storage::dense));
    return new CompressedModel(
        checkpoint
            .withTensors(new Overlay(checkpoint.tensors(), replaced))
            .withInputs(recipe.inputs()),
        linears,
        reports);
  }
}
