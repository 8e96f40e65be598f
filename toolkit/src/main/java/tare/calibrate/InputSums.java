package tare.calibrate;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tare.compress.LayerInputs;
import tare.compress.Observed;

/**
 * Accumulates statistics of a group's inputs over batches. Of XᵀX only bands of the upper triangle
 * are computed: four bands take 5/8 of the products.
 */
final class InputSums {

  private static final int BANDS = 4;

  private final int channels;
  private final Set<Observed> wanted;
  private final NDManager manager;
  private final List<NDArray> bands =
      new ArrayList<>(); // band b: [rows of the band, channels from its first row on]
  private NDArray sumAbs; // [channels]
  private NDArray maxAbs; // [channels]
  private long tokens;

  /** Sums of zero, whose arrays belong to the manager. */
  InputSums(int channels, Set<Observed> wanted, NDManager manager) {
    this.channels = channels;
    this.wanted = wanted;
    this.manager = manager;
    sumAbs = manager.zeros(new Shape(channels), DataType.FLOAT32);
    maxAbs = manager.zeros(new Shape(channels), DataType.FLOAT32);
    for (int b = 0; wanted.contains(Observed.GRAM) && b < BANDS; b++) {
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
   * @throws IllegalArgumentException if a value is not finite
   */
  void add(NDArray inputs) {
    if (!Float.isFinite(inputs.sum().getFloat())) {
      throw new IllegalArgumentException("NaN or infinite");
    }
    NDArray x = inputs.reshape(-1, channels);
    tokens += x.getShape().get(0);
    for (int b = 0; b < bands.size(); b++) {
      NDArray left = x.get(":, " + first(b) + ":" + first(b + 1)).transpose();
      bands.get(b).addi(left.matMul(x.get(":, " + first(b) + ":")));
    }
    if (wanted.contains(Observed.MEAN_ABS) || wanted.contains(Observed.MAX_ABS)) {
      NDArray sizes = x.abs();
      sumAbs.addi(sizes.sum(new int[] {0}));
      NDArray larger = NDArrays.maximum(maxAbs, sizes.max(new int[] {0}));
      maxAbs.close();
      maxAbs = larger;
    }
  }

  /** The requested statistics. */
  LayerInputs total() {
    Map<Observed, NDArray> observed = new EnumMap<>(Observed.class);
    for (Observed what : wanted) {
      observed.put(
          what,
          switch (what) {
            case GRAM -> gram();
            case MEAN_ABS -> sumAbs.div(tokens);
            case MAX_ABS -> maxAbs;
          });
    }
    return new LayerInputs(tokens, observed);
  }

  /** The whole symmetric matrix. The bands are freed. */
  private NDArray gram() {
    NDArray gram = manager.zeros(new Shape(channels, channels), DataType.FLOAT32);
    for (int b = 0; b < BANDS; b++) {
      int first = first(b);
      int next = first(b + 1);
      try (NDArray band = bands.get(b)) {
        gram.set(new NDIndex("%d:%d, %d:".formatted(first, next, first)), band);
        if (next < channels) {
          NDArray right = band.get(":, %d:".formatted(next - first));
          gram.set(new NDIndex("%d:, %d:%d".formatted(next, first, next)), right.transpose());
        }
      }
    }
    return gram;
  }
}
