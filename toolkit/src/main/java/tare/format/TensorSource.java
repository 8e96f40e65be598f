package tare.format;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import tare.tensor.FromHeap;
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
   * The values of a tensor of 32-bit whole numbers, such as packed codes, in row-major order.
   *
   * @throws IllegalArgumentException if there is no such tensor, or it stores other values
   */
  default int[] words(String name) {
    throw new IllegalArgumentException("tensor " + name + " does not hold 32-bit whole numbers");
  }

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
   * Whether two matrices have the same shape and the same values. The heap never holds all of a
   * large matrix.
   *
   * @throws IllegalArgumentException if there is no such tensor
   */
  default boolean sameValues(String one, String other) {
    if (!shape(one).equals(shape(other))) {
      return false;
    }
    return stretches(shape(one))
        .allMatch(some -> Arrays.equals(rows(one, some), rows(other, some)));
  }

  /**
   * Reads a tensor and drops it, to find out whether it can be read. The heap never holds all of a
   * large matrix.
   *
   * @throws IllegalArgumentException if there is no such tensor, it is damaged, or a value is NaN
   *     or infinite
   */
  default void requireReadable(String name) {
    if (shape(name).dimension() == 2 && shape(name).size() > LARGE) {
      stretches(shape(name)).forEach(some -> rows(name, some));
    } else {
      values(name);
    }
  }

  /** The row numbers of a matrix, divided so that the heap can hold each part. */
  private static Stream<int[]> stretches(Shape shape) {
    int rows = Math.toIntExact(shape.get(0));
    int atOnce = (int) Math.min(rows, Math.max(1, FromHeap.AT_ONCE / Math.max(1, shape.get(1))));
    return IntStream.iterate(0, from -> from < rows, from -> from + atOnce)
        .mapToObj(from -> IntStream.range(from, Math.min(rows, from + atOnce)).toArray());
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
      return FromHeap.copy(values(name), shape, manager);
    }
    NDArray all = manager.create(shape);
    stretches(shape)
        .forEach(
            rows -> {
              Shape some = new Shape(rows.length, shape.get(1));
              try (NDArray part = FromHeap.copy(rows(name, rows), some, manager)) {
                all.set(new NDIndex("{}:{}", rows[0], rows[0] + rows.length), part);
              }
            });
    return all;
  }
}
