package tare.calibrate;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import tare.compress.LayerInputs;
import tare.compress.Observed;
import tare.data.Sample;
import tare.format.TensorBytes;
import tare.format.TensorSource;
import tare.model.BlockReader;
import tare.model.DecoderBlock;
import tare.model.DecoderBlock.Tap;
import tare.model.LinearGroup;
import tare.model.ModelConfig;
import tare.model.Positions;
import tare.model.TokenEmbedding;
import tare.tensor.FromHeap;

/**
 * The residual stream of all calibration samples before a block, kept on the host.
 *
 * @param config configuration of the model
 * @param batches samples of equal length that run together
 */
record Residual(ModelConfig config, List<Batch> batches) {

  private static final String WEIGHTS = ".weights";

  /**
   * A batch of samples: hidden states {@code [samples, tokens, width]}, row-major.
   *
   * @param first number of the first sample
   * @param weights weight of each token, {@code [samples, tokens]}; empty if each counts once
   */
  private record Batch(int first, int samples, int tokens, float[] hidden, float[] weights) {
    Batch with(float[] other) {
      return new Batch(first, samples, tokens, other, weights);
    }

    /** Takes some of the batch's samples. */
    Batch only(int[] taken) {
      return new Batch(
          first + taken[0], taken.length, tokens, only(hidden, taken), only(weights, taken));
    }

    private float[] only(float[] ofAll, int[] taken) {
      int each = ofAll.length / samples;
      float[] some = new float[taken.length * each];
      for (int i = 0; i < taken.length; i++) {
        System.arraycopy(ofAll, taken[i] * each, some, i * each, each);
      }
      return some;
    }
  }

  /**
   * Selects the groups of linear layers to watch, and the statistics to collect of their inputs.
   *
   * @param beside the original model, from whose inputs the watched ones drift
   */
  record Watch(Predicate<LinearGroup> groups, Set<Observed> wanted, Optional<Original> beside) {
    /** Watches nothing. */
    static final Watch NONE = new Watch(group -> false, Set.of(), Optional.empty());

    /** Watches all groups. */
    static Watch all(Set<Observed> wanted) {
      return new Watch(group -> true, wanted, Optional.empty());
    }

    /** Watches one group. */
    static Watch only(String name, Set<Observed> wanted) {
      return new Watch(group -> group.name().equals(name), wanted, Optional.empty());
    }

    /** Returns the same watch beside the original model. */
    Watch beside(Original original) {
      return new Watch(groups, wanted, Optional.of(original));
    }
  }

  /**
   * A block of the original model.
   *
   * @param stream the residual stream of the same samples before the block
   */
  record Original(Residual stream, DecoderBlock block) {

    /**
     * The inputs of the watched groups for one batch, by the group's name.
     *
     * @param manager owns the result
     */
    private Map<String, NDArray> inputs(
        int batch, Predicate<LinearGroup> groups, NDManager manager) {
      Map<String, NDArray> inputs = new HashMap<>();
      Batch samples = stream.batches.get(batch);
      block.observe(
          stream.hidden(samples, manager),
          Positions.causal(samples.tokens(), stream.config, manager),
          (group, x) -> {
            if (groups.test(group)) {
              inputs.put(group.name(), x);
            }
          });
      return inputs;
    }
  }

  /**
   * Embeds the samples. Neighbours of equal length run together, up to about {@code batchTokens}
   * tokens. Samples without a counted token are left out, as nothing would be seen of them.
   */
  static Residual embed(
      List<Sample> samples,
      int batchTokens,
      ModelConfig config,
      BlockReader model,
      NDManager manager) {
    List<Batch> batches = new ArrayList<>();
    try (NDManager owner = manager.newSubManager()) {
      TokenEmbedding embedding = model.embedding(owner);
      for (int start = 0, end; start < samples.size(); start = end) {
        int tokens = samples.get(start).tokens().length;
        end = start + 1;
        if (samples.get(start).counted() == 0) {
          continue;
        }
        while (end < samples.size()
            && samples.get(end).tokens().length == tokens
            && samples.get(end).counted() > 0
            && (end - start + 1) * tokens <= batchTokens) {
          end++;
        }
        List<Sample> together = samples.subList(start, end);
        int[][] rows = together.stream().map(Sample::tokens).toArray(int[][]::new);
        try (NDManager scope = owner.newSubManager()) {
          float[] hidden = embedding.embed(rows, scope).toFloatArray();
          batches.add(new Batch(start, rows.length, tokens, hidden, weights(together)));
        }
      }
    }
    return new Residual(config, batches);
  }

  /** The weights of the samples' tokens; empty if each counts once. */
  private static float[] weights(List<Sample> samples) {
    if (samples.stream().noneMatch(Sample::isWeighted)) {
      return new float[0];
    }
    FloatBuffer weights =
        FloatBuffer.allocate(samples.stream().mapToInt(sample -> sample.tokens().length).sum());
    for (Sample sample : samples) {
      for (int i = 0; i < sample.tokens().length; i++) {
        weights.put(sample.weight(i));
      }
    }
    return weights.array();
  }

  /**
   * The stream as tensors {@code [samples, tokens, width]} of a file, named {@code name.0} and so
   * on. Weights of tokens are {@code [samples, tokens]}, named {@code name.0.weights}.
   */
  Map<String, TensorBytes> tensors(String name) {
    Map<String, TensorBytes> tensors = new LinkedHashMap<>();
    for (int i = 0; i < batches.size(); i++) {
      Batch batch = batches.get(i);
      Shape shape = new Shape(batch.samples(), batch.tokens(), config.width());
      tensors.put(name + "." + i, TensorBytes.float32(shape, batch::hidden));
      if (batch.weights().length > 0) {
        tensors.put(
            name + "." + i + WEIGHTS, TensorBytes.float32(shape.slice(0, 2), batch::weights));
      }
    }
    return tensors;
  }

  /** Reads a stream that {@link #tensors} gave. */
  static Residual read(String name, TensorSource tensors, ModelConfig config) {
    List<Batch> batches = new ArrayList<>();
    int first = 0;
    while (tensors.names().contains(name + "." + batches.size())) {
      String batch = name + "." + batches.size();
      Shape shape = tensors.shape(batch);
      int samples = (int) shape.get(0);
      float[] weights =
          tensors.names().contains(batch + WEIGHTS)
              ? tensors.values(batch + WEIGHTS)
              : new float[0];
      batches.add(new Batch(first, samples, (int) shape.get(1), tensors.values(batch), weights));
      first += samples;
    }
    return new Residual(config, batches);
  }

  /** Takes some samples, evenly spread: at least two, with about this many tokens. */
  Residual some(long tokens) {
    int all = batches.stream().mapToInt(Batch::samples).sum();
    long count = Math.min(all, Math.max(2, Math.round((double) tokens * all / tokens())));
    List<Batch> some = new ArrayList<>();
    int before = 0;
    for (Batch batch : batches) {
      int start = before;
      int[] taken =
          IntStream.range(0, batch.samples())
              .filter(i -> (start + i + 1) * count / all > (start + i) * count / all)
              .toArray();
      if (taken.length > 0) {
        some.add(batch.only(taken));
      }
      before += batch.samples();
    }
    return new Residual(config, some);
  }

  /** Number of all tokens, whatever their weights. */
  long tokens() {
    return batches.stream().mapToLong(batch -> (long) batch.samples() * batch.tokens()).sum();
  }

  /**
   * The weights of each batch's tokens, {@code [samples, tokens]}; an empty array where each counts
   * once.
   */
  List<float[]> weights() {
    return batches.stream().map(Batch::weights).toList();
  }

  /** The hidden states of each batch, {@code [samples, tokens, width]}. */
  List<NDArray> hidden(NDManager manager) {
    return batches.stream().map(batch -> hidden(batch, manager)).toList();
  }

  /** A stream without samples. */
  Residual none() {
    return new Residual(config, List.of());
  }

  /**
   * The result of a pass through a block.
   *
   * @param after the residual stream after the block
   * @param inputs statistics of the inputs of its groups, by the group's name
   */
  record Pass(Residual after, Map<String, LayerInputs> inputs) {}

  /**
   * Runs the samples through a block.
   *
   * @param watch the statistics to collect on the way
   * @param only whether to run only the part of the block that the statistics need, and return no
   *     stream
   * @param scope owns the results
   * @throws IllegalArgumentException if inputs are not finite; the message names the linear layer
   *     and the samples
   */
  Pass pass(DecoderBlock block, Watch watch, boolean only, NDManager scope) {
    Map<String, InputSums> sums = new LinkedHashMap<>();
    List<Batch> after = new ArrayList<>();
    for (int i = 0; i < batches.size(); i++) {
      Batch batch = batches.get(i);
      int number = i;
      try (NDManager inner = scope.newSubManager()) {
        NDArray hidden = hidden(batch, inner);
        Positions positions = Positions.causal(batch.tokens(), config, inner);
        Map<String, NDArray> originals =
            watch
                .beside()
                .map(original -> original.inputs(number, watch.groups(), inner))
                .orElse(Map.of());
        Tap tap = tap(sums, batch, watch, originals, scope);
        if (only) {
          block.observe(hidden, positions, tap);
        } else {
          after.add(batch.with(block.forward(hidden, positions, tap).toFloatArray()));
        }
      }
    }
    Map<String, LayerInputs> inputs = new LinkedHashMap<>();
    sums.forEach((group, sum) -> inputs.put(group, sum.total()));
    return new Pass(new Residual(config, after), inputs);
  }

  /** Receives the inputs of a group of linear layers, batch by batch. */
  interface BatchInputs {

    /**
     * Called for each group of each batch.
     *
     * @param x inputs, {@code [samples, tokens, channels]}, valid during the call only
     * @param first number of the batch's first sample
     */
    void of(LinearGroup group, NDArray x, int first);
  }

  /**
   * Runs the samples through a block, and shows what enters its groups.
   *
   * @param scope owns the arrays of the pass
   * @return the residual stream after the block
   */
  Residual forward(DecoderBlock block, BatchInputs inputs, NDManager scope) {
    List<Batch> after = new ArrayList<>();
    for (Batch batch : batches) {
      try (NDManager inner = scope.newSubManager()) {
        Positions positions = Positions.causal(batch.tokens(), config, inner);
        Tap tap = (group, x) -> inputs.of(group, x, batch.first());
        NDArray out = block.forward(hidden(batch, inner), positions, tap);
        after.add(batch.with(out.toFloatArray()));
      }
    }
    return new Residual(config, after);
  }

  private Tap tap(
      Map<String, InputSums> sums,
      Batch batch,
      Watch watch,
      Map<String, NDArray> originals,
      NDManager scope) {
    return (group, x) -> {
      if (!watch.groups().test(group)) {
        return;
      }
      try {
        int channels = (int) x.getShape().getLastDimension();
        InputSums sum =
            sums.computeIfAbsent(
                group.name(), g -> new InputSums(channels, watch.wanted(), tokens(), scope));
        sum.add(x, batch.weights());
        NDArray original = originals.get(group.name());
        if (original != null) {
          sum.addDrift(x, original, batch.weights());
        }
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "The inputs of %s are not finite (%s) in the samples %d to %d",
                group.linears().get(0).name(),
                e.getMessage(),
                batch.first(),
                batch.first() + batch.samples() - 1),
            e);
      }
    };
  }

  private NDArray hidden(Batch batch, NDManager manager) {
    Shape shape = new Shape(batch.samples(), batch.tokens(), config.width());
    return FromHeap.copy(batch.hidden(), shape, manager);
  }
}
