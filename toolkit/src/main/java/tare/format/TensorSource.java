package tare.format;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import java.util.Set;
import java.util.stream.IntStream;
import tare.tensor.StorageType;

/**
 * Reads named weights one at a time and widens them to float32. The names are those of Hugging Face
 * checkpoints.
 */
public interface TensorSource {

  /**
   * A matrix with more values than this is read in groups of rows, for instance the embedding of a
   * large vocabulary.
   */
  int LARGE = 1 << 26;

  /** Largest number of a large matrix's values that are on the heap at once. */
  int AT_ONCE = 1 << 23;

  /** The names of all tensors. */
  Set<String> names();

  /**
   * The shape of a tensor, outermost dimension first.
   *
   * @throws IllegalArgumentException if there is no such tensor
   */
  Shape shape(String name);

  /**
   * The values of a tensor as float32, in row-major order.
   *
   * @throws IllegalArgumentException if there is no such tensor
   */
  float[] values(String name);

  /**
   * Reads some rows of a matrix as float32, one after another. Where the storage allows, no other
   * row is read.
   *
   * @param rows row numbers, each at least 0 and below the matrix's first size
   * @throws IllegalArgumentException if there is no such tensor
   */
  default float[] rows(String name, int[] rows) {
    float[] all = values(name);
    int width = (int) shape(name).get(1);
    float[] some = new float[Math.multiplyExact(rows.length, width)];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(all, rows[i] * width, some, i * width, width);
    }
    return some;
  }

  /**
   * How the tensor is stored.
   *
   * @throws IllegalArgumentException if there is no such tensor
   */
  default StorageType storage(String name) {
    return StorageType.F32;
  }

  /**
   * Reads the tensor into a float32 array that belongs to the manager. The heap never holds all of
   * a large matrix.
   */
  default NDArray read(String name, NDManager manager) {
    Shape shape = shape(name);
    if (shape.dimension() != 2 || shape.size() <= LARGE) {
      return manager.create(values(name), shape);
    }
    int rows = Math.toIntExact(shape.get(0));
    int atOnce = (int) Math.max(1, AT_ONCE / shape.get(1));
    NDArray all = manager.create(shape);
    for (int from = 0; from < rows; from += atOnce) {
      int to = Math.min(rows, from + atOnce);
      float[] some = rows(name, IntStream.range(from, to).toArray());
      try (NDArray part = manager.create(some, new Shape(to - from, shape.get(1)))) {
        all.set(new NDIndex("{}:{}", from, to), part);
      }
    }
    return all;
  }
}
