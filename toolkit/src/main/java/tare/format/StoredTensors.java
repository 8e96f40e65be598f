package tare.format;

import ai.djl.ndarray.types.Shape;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import tare.tensor.StorageType;

/**
 * The tensors of one file or folder.
 *
 * @param origin file or folder that error messages name
 * @param byName where each tensor lies
 */
record StoredTensors(Path origin, Map<String, StoredTensor> byName) implements TensorSource {

  @Override
  public Set<String> names() {
    return byName.keySet();
  }

  @Override
  public Shape shape(String name) {
    return tensor(name).shape();
  }

  @Override
  public float[] values(String name) {
    return tensor(name).values();
  }

  @Override
  public int[] words(String name) {
    return tensor(name).words();
  }

  @Override
  public float[] rows(String name, int[] rows) {
    return tensor(name).rows(rows);
  }

  @Override
  public StorageType storage(String name) {
    return tensor(name).type();
  }

  StoredTensor tensor(String name) {
    StoredTensor tensor = byName.get(name);
    if (tensor == null) {
      throw new IllegalArgumentException(origin + ": tensor " + name + " is missing");
    }
    return tensor;
  }
}
