package tare.calibrate;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.List;
import tare.compress.LayerInputs;

/**
 * XᵀX, summed over batches. Only bands of its upper triangle are computed: with four of them 5/8 of
 * the products.
 */
final class GramSum {

  private static final int BANDS = 4;

  private final int channels;
  private final NDManager manager;
  private final List<NDArray> bands =
      new ArrayList<>(); // band b: [its rows, channels from its first row on]
  private long tokens;

  /** A sum of zero, whose arrays belong to the manager. */
  GramSum(int channels, NDManager manager) {
    this.channels = channels;
    this.manager = manager;
    for (int b = 0; b < BANDS; b++) {
      bands.add(
          manager.zeros(new Shape(first(b + 1) - first(b), channels - first(b)), DataType.FLOAT32));
    }
  }

  private int first(int band) {
    return channels * band / BANDS;
  }

  /** Adds the products of a batch {@code [.., channels]}. */
  void add(NDArray inputs) {
    NDArray x = inputs.reshape(-1, channels);
    tokens += x.getShape().get(0);
    for (int b = 0; b < BANDS; b++) {
      NDArray left = x.get(":, " + first(b) + ":" + first(b + 1)).transpose();
      bands.get(b).addi(left.matMul(x.get(":, " + first(b) + ":")));
    }
  }

  /** The whole symmetric matrix. */
  LayerInputs total() {
    NDList rows = new NDList();
    for (int b = 0; b < BANDS; b++) {
      NDArray band = bands.get(b);
      if (b > 0) {
        band =
            manager
                .zeros(new Shape(first(b + 1) - first(b), first(b)), DataType.FLOAT32)
                .concat(band, 1);
      }
      rows.add(band);
    }
    float[] values = ai.djl.ndarray.NDArrays.concat(rows, 0).toFloatArray();
    for (int i = 0; i < channels; i++) {
      for (int j = 0; j < i; j++) {
        values[i * channels + j] = values[j * channels + i];
      }
    }
    return new LayerInputs(tokens, manager.create(values, new Shape(channels, channels)));
  }
}
