package tare.format;

import ai.djl.ndarray.types.Shape;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import tare.tensor.StorageType;

/**
 * Replaces some weights of a source and leaves the others as they are, as compression does.
 *
 * @param base source of all other weights
 * @param replaced row-major float32 values of the same shape, by name; computed when they are read
 */
public record Overlay(TensorSource base, Map<String, Supplier<float[]>> replaced)
    implements TensorSource {

  @Override
  public Set<String> names() {
    return base.names();
  }

  @Override
  public Shape shape(String name) {
    return base.shape(name);
  }

  @Override
  public float[] values(String name) {
    Supplier<float[]> values = replaced.get(name);
    return values == null ? base.values(name) : values.get();
  }

  @Override
  public float[] rows(String name, int[] rows) {
    return replaced.containsKey(name) ? TensorSource.super.rows(name, rows) : base.rows(name, rows);
  }

  @Override
  public StorageType storage(String name) {
    return replaced.containsKey(name) ? StorageType.F32 : base.storage(name);
  }
}
