package tare.packed;

import ai.djl.ndarray.types.Shape;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import tare.format.TensorSource;
import tare.tensor.StorageType;

/**
 * A model's tensors with the packed linear layers as matrices of numbers, under the names that a
 * dense model has. A matrix is decoded when it is read.
 */
public final class PackedTensors implements TensorSource {

  private static final String WEIGHT = ".weight";

  private final TensorSource stored;
  private final String file;
  private final Map<String, Linear> linears = new LinkedHashMap<>();
  private final Set<String> names = new LinkedHashSet<>();

  /** A packed linear layer: its parts, and the layout that they have. */
  private record Linear(LinearParts parts, StoredLinear layout) {}

  /**
   * Finds the packed layers among stored tensors.
   *
   * @param layouts the layouts that may occur
   * @param file what says which layouts they are, for messages
   */
  PackedTensors(TensorSource stored, List<StoredLinear> layouts, String file) {
    this.stored = stored;
    this.file = file;
    names.addAll(stored.names());
    for (StoredLinear layout : layouts) {
      for (String name : stored.names()) {
        if (name.endsWith(layout.mark())) {
          add(name.substring(0, name.length() - layout.mark().length()), layout);
        }
      }
    }
  }

  private void add(String module, StoredLinear layout) {
    Linear linear = new Linear(new LinearParts(stored, module), layout);
    if (linears.putIfAbsent(module + WEIGHT, linear) == null) {
      layout.parts().forEach(part -> names.remove(module + part));
      names.add(module + WEIGHT);
    }
  }

  /** The names of the weights that are packed. */
  public Set<String> packed() {
    return linears.keySet();
  }

  @Override
  public Set<String> names() {
    return names;
  }

  @Override
  public Shape shape(String name) {
    Linear linear = linears.get(name);
    return linear == null ? stored.shape(name) : named(() -> linear.layout().shape(linear.parts()));
  }

  @Override
  public float[] values(String name) {
    Linear linear = linears.get(name);
    return linear == null ? stored.values(name) : named(() -> finite(name, linear));
  }

  private static float[] finite(String name, Linear linear) {
    float[] values = linear.layout().values(linear.parts());
    for (float value : values) {
      if (!Float.isFinite(value)) {
        throw new IllegalArgumentException(
            "tensor "
                + name
                + " has a decoded value that is NaN or infinite. Fetch the folder again.");
      }
    }
    return values;
  }

  /** Names the folder in messages. */
  private <T> T named(Supplier<T> reading) {
    try {
      return reading.get();
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
    }
  }

  @Override
  public float[] rows(String name, int[] rows) {
    return linears.containsKey(name)
        ? TensorSource.super.rows(name, rows)
        : stored.rows(name, rows);
  }

  @Override
  public StorageType storage(String name) {
    return linears.containsKey(name) ? StorageType.F32 : stored.storage(name);
  }
}
