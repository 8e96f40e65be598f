package tare.calibrate;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.DoubleUnaryOperator;
import tare.compress.LayerInputs;
import tare.compress.Observed;
import tare.tensor.TorchCall;

/**
 * Accumulates statistics of a group's inputs over batches, by the tokens' weights. Of XᵀX only
 * bands of the upper triangle are computed: four bands take 5/8 of the products.
 */
final class InputSums {

  private static final int BANDS = 4;

  /** Statistics in which each row is multiplied with a row. */
  private static final Set<Observed> PRODUCTS =
      EnumSet.of(Observed.GRAM, Observed.INPUTS, Observed.SQUARES);

  private final int channels;
  private final Set<Observed> wanted = EnumSet.noneOf(Observed.class);
  private final NDManager manager;
  private final List<NDArray> bands =
      new ArrayList<>(); // band b: [rows of the band, channels from its first row on]
  private final List<NDArray> kept = new ArrayList<>(); // inputs of each batch, [tokens, channels]
  private final NDArray drift; // [channels, channels]; null if it is not wanted
  private final NDArray squares; // [channels]
  private final NDArray sumAbs; // [channels]
  private NDArray maxAbs; // [channels]
  private long tokens;
  private double weight;

  /**
   * Sums of zero, whose arrays belong to the manager.
   *
   * @param wanted the statistics; {@link Observed#INPUTS} becomes {@link Observed#GRAM} where that
   *     takes less work, or is wanted too
   * @param most number of tokens that will be added
   */
  InputSums(int channels, Set<Observed> wanted, long most, NDManager manager) {
    this.channels = channels;
    this.wanted.addAll(wanted);
    if (this.wanted.remove(Observed.INPUTS) && !wanted.contains(Observed.GRAM)) {
      boolean few = most < LayerInputs.tokensForEnergy(channels);
      this.wanted.add(few ? Observed.INPUTS : Observed.GRAM);
    }
    this.manager = manager;
    drift =
        wanted.contains(Observed.DRIFT)
            ? manager.zeros(new Shape(channels, channels), DataType.FLOAT32)
            : null;
    squares = manager.zeros(new Shape(channels), DataType.FLOAT32);
    sumAbs = manager.zeros(new Shape(channels), DataType.FLOAT32);
    maxAbs = manager.zeros(new Shape(channels), DataType.FLOAT32);
    for (int b = 0; this.wanted.contains(Observed.GRAM) && b < BANDS; b++) {
      bands.add(
          manager.zeros(new Shape(first(b + 1) - first(b), channels - first(b)), DataType.FLOAT32));
    }
  }

  private int first(int band) {
    return channels * band / BANDS;
  }

  /**
   * Adds a batch {@code [.., channels]}. Temporaries belong to the batch's manager.
   *
   * @param weights weight of each token; empty if each counts once
   * @throws IllegalArgumentException if a value is not finite
   */
  void add(NDArray inputs, float... weights) {
    NDArray x = rows(inputs);
    if (!Float.isFinite(x.sum().getFloat())) {
      throw new IllegalArgumentException("NaN or infinite");
    }
    count(x.getShape().get(0), weights);
    if (PRODUCTS.stream().anyMatch(wanted::contains)) {
      addProducts(times(x, weights, Math::sqrt)); // a product of two rows then has the weight once
    }
    if (wanted.contains(Observed.MEAN_ABS) || wanted.contains(Observed.MAX_ABS)) {
      NDArray sizes = x.abs();
      sumAbs.addi(times(sizes, weights, w -> w).sum(new int[] {0}));
      NDArray counted = times(sizes, weights, Math::signum);
      NDArray larger = NDArrays.maximum(maxAbs, counted.max(new int[] {0}));
      maxAbs.close();
      maxAbs = larger;
    }
  }

  /**
   * Adds how far a batch drifts from the original model's inputs, {@code [.., channels]} both. A
   * batch that is never given here does not drift.
   *
   * @throws IllegalArgumentException if a value of the original's is not finite
   */
  void addDrift(NDArray inputs, NDArray original, float... weights) {
    NDArray x = rows(inputs);
    NDArray away = rows(original).sub(x);
    if (!Float.isFinite(away.sum().getFloat())) {
      throw new IllegalArgumentException("NaN or infinite in the original model");
    }
    drift.addi(away.transpose().matMul(times(x, weights, w -> w)));
  }

  /** A batch as {@code [tokens, channels]}, float32. */
  private NDArray rows(NDArray inputs) {
    return inputs.reshape(-1, channels).toType(DataType.FLOAT32, false);
  }

  private void count(long rows, float[] weights) {
    if (weights.length == 0) {
      tokens += rows;
      weight += rows;
    }
    for (float each : weights) {
      tokens += each > 0 ? 1 : 0;
      weight += each;
    }
  }

  private void addProducts(NDArray x) {
    if (wanted.contains(Observed.INPUTS)) {
      NDArray copy = x.duplicate();
      copy.attach(manager);
      kept.add(copy);
    }
    if (!bands.isEmpty()) {
      TorchCall product = TorchCall.linear(manager.getDevice());
      NDArray turned = x.transpose().flatten().reshape(channels, -1); // contiguous rows
      for (int b = 0; b < bands.size(); b++) {
        NDArray rows = turned.get(first(b) + ":" + first(b + 1));
        bands.get(b).addi(product.call(rows, turned.get(first(b) + ":")));
      }
    }
    if (wanted.contains(Observed.SQUARES)) {
      squares.addi(x.square().sum(new int[] {0}));
    }
  }

  /** Each row of x times a function of its token's weight; x itself if each token counts once. */
  private static NDArray times(NDArray x, float[] weights, DoubleUnaryOperator function) {
    if (weights.length == 0) {
      return x;
    }
    float[] factors = new float[weights.length];
    for (int i = 0; i < factors.length; i++) {
      factors[i] = (float) function.applyAsDouble(weights[i]);
    }
    return x.mul(x.getManager().create(factors, new Shape(factors.length, 1)));
  }

  /** The requested statistics. */
  LayerInputs total() {
    Map<Observed, NDArray> observed = new EnumMap<>(Observed.class);
    for (Observed what : wanted) {
      observed.put(
          what,
          switch (what) {
            case GRAM -> gram();
            case INPUTS -> joined();
            case DRIFT -> drift;
            case SQUARES -> squares;
            case MEAN_ABS -> sumAbs.div(weight);
            case MAX_ABS -> maxAbs;
          });
    }
    return new LayerInputs(tokens, weight, observed);
  }

  /** The inputs of all batches. Those of each are freed. */
  private NDArray joined() {
    NDArray all = NDArrays.concat(new NDList(kept));
    kept.forEach(NDArray::close);
    return all;
  }

  /** The whole symmetric matrix. The bands are freed. */
  private NDArray gram() {
    NDArray gram = manager.zeros(new Shape(channels, channels), DataType.FLOAT32);
    for (int b = 0; b < BANDS; b++) {
      int first = first(b);
      int next = first(b + 1);
      try (NDArray band = bands.get(b)) {
        gram.set(new NDIndex(String.format(Locale.ROOT, "%d:%d, %d:", first, next, first)), band);
        if (next < channels) {
          NDArray right = band.get(String.format(Locale.ROOT, ":, %d:", next - first));
          gram.set(
              new NDIndex(String.format(Locale.ROOT, "%d:, %d:%d", next, first, next)),
              right.transpose());
        }
      }
    }
    return gram;
  }
}
