package tare.calibrate;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import tare.grid.Storage;
import tare.model.Checkpoint;

/**
 * A compressed model.
 *
 * @param checkpoint the model with its linear layers replaced by their decoded weights (simulated
 *     compression)
 * @param linears how each compressed linear layer is stored, by name; empty if blocks were written
 *     to a folder as they were done
 * @param layers a report on each compressed layer, in the order of the model
 */
public record CompressedModel(
    Checkpoint checkpoint, Map<String, Storage> linears, List<LayerReport> layers) {

  /** Mean bits per weight over the compressed linear layers. */
  public double bitsPerWeight() {
    return mean(LayerReport::bitsPerWeight);
  }

  /** Sparsity: the share of the compressed linear layers' weights that are exactly zero. */
  public double sparsity() {
    return mean(LayerReport::sparsity);
  }

  /**
   * Mean of the linear layers' {@linkplain LayerReport#relativeError relative errors}, each with
   * the same weight.
   */
  public double relativeError() {
    return layers.stream().mapToDouble(LayerReport::relativeError).average().orElseThrow();
  }

  /**
   * The notes on linear layers, each once with the number of layers: {@code 3 linears: damped x10}.
   */
  public List<String> notes() {
    return layers.stream()
        .map(LayerReport::note)
        .filter(note -> !note.isEmpty())
        .collect(Collectors.groupingBy(note -> note, TreeMap::new, Collectors.counting()))
        .entrySet()
        .stream()
        .map(each -> each.getValue() + " linears: " + each.getKey())
        .toList();
  }

  private double mean(ToDoubleFunction<LayerReport> value) {
    double sum = 0;
    double weights = 0;
    for (LayerReport layer : layers) {
      double size = (double) layer.rows() * layer.columns();
      sum += size * value.applyAsDouble(layer);
      weights += size;
    }
    return sum / weights;
  }
}
