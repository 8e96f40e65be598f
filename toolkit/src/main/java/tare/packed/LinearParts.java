package tare.packed;

import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import tare.format.TensorSource;
import tare.format.WordMatrix;
import tare.grid.Storage;
import tare.tensor.StorageType;

/**
 * The stored tensors of one linear layer.
 *
 * @param stored all tensors of the model
 * @param module name of the layer, for instance {@code model.layers.0.mlp.up_proj}
 */
record LinearParts(TensorSource stored, String module) {

  private static final int UNSET = -1; // the group that compressed-tensors stores if none was given

  boolean has(String part) {
    return stored.names().contains(module + part);
  }

  Shape shape(String part) {
    return stored.shape(module + part);
  }

  StorageType type(String part) {
    return stored.storage(module + part);
  }

  float[] floats(String part) {
    return stored.values(module + part);
  }

  /**
   * The scales of a layer.
   *
   * @throws IllegalArgumentException if the part holds no floating-point numbers of 16 or 32 bits
   */
  float[] scales(String part) {
    requireType(part, StorageType.F32, StorageType.F16, StorageType.BF16);
    return floats(part);
  }

  /**
   * Checks how a part is stored.
   *
   * @throws IllegalArgumentException naming the types that may be
   */
  void requireType(String part, StorageType... types) {
    if (!has(part)) {
      throw broken(part, "is missing");
    }
    if (!Arrays.asList(types).contains(type(part))) {
      throw broken(part, "holds " + type(part) + ", but must hold " + either(types));
    }
  }

  private static String either(StorageType... types) {
    return Arrays.stream(types).map(StorageType::name).collect(Collectors.joining(" or "));
  }

  /**
   * Checks the groups against the size that the configuration names.
   *
   * @param groupSize inputs that share a scale; −1 for all; 0 if nothing is said
   * @throws IllegalArgumentException if the number of groups is another
   */
  void requireGroups(String part, int inputs, int groups, int groupSize) {
    int expected =
        groupSize < 0 ? 1 : groupSize == 0 ? groups : (inputs + groupSize - 1) / groupSize;
    if (groups != expected) {
      throw broken(
          part,
          String.format(
              Locale.ROOT,
              "has %d groups of %d inputs, but config.json says group_size %d",
              groups,
              inputs,
              groupSize));
    }
  }

  /** Whole numbers that a float32 holds exactly. */
  int[] integers(String part) {
    float[] values = floats(part);
    return IntStream.range(0, values.length).map(i -> (int) values[i]).toArray();
  }

  /**
   * A matrix of packed words.
   *
   * @throws IllegalArgumentException if the part has another shape
   */
  WordMatrix words(String part, long rows, long columns) {
    require(part, rows, columns);
    return words(part);
  }

  /**
   * A matrix of packed words.
   *
   * @throws IllegalArgumentException if the part is no matrix
   */
  WordMatrix words(String part) {
    Shape shape = matrix(part);
    return new WordMatrix(
        Math.toIntExact(shape.get(0)), Math.toIntExact(shape.get(1)), stored.words(module + part));
  }

  /**
   * The shape of a matrix.
   *
   * @throws IllegalArgumentException if the part is missing or no matrix, or holds nothing
   */
  Shape matrix(String part) {
    if (!has(part)) {
      throw broken(part, "is missing");
    }
    Shape shape = shape(part);
    if (shape.dimension() != 2 || shape.size() == 0) {
      throw broken(part, "has shape " + shape + ", but must be a matrix");
    }
    return shape;
  }

  /**
   * Checks a shape.
   *
   * @throws IllegalArgumentException naming both shapes
   */
  void require(String part, long... sizes) {
    if (!has(part)) {
      throw broken(part, "is missing");
    }
    if (!Arrays.equals(shape(part).getShape(), sizes)) {
      throw broken(part, "has shape " + shape(part) + ", but its layer needs " + new Shape(sizes));
    }
  }

  /**
   * The group of each input: as stored, or neighbours if no groups are stored.
   *
   * @param groupSize inputs that share a scale, of which the last group may have fewer; 0 or less
   *     if the number of groups tells
   * @throws IllegalArgumentException if a stored group does not exist, or the inputs do not fill
   *     groups
   */
  int[] groups(String part, int inputs, int groups, int groupSize) {
    int[] found = has(part) ? integers(part) : new int[0];
    if (Arrays.stream(found).anyMatch(group -> group != UNSET)) {
      require(part, inputs);
      for (int group : found) {
        if (group < 0 || group >= groups) {
          throw broken(
              part, String.format(Locale.ROOT, "names group %d of %d groups", group, groups));
        }
      }
      return found;
    }
    if (groupSize > 0) {
      return Storage.Coded.naturalGroups(inputs, groupSize);
    }
    if (inputs % groups != 0) {
      throw broken(
          "",
          String.format(
              Locale.ROOT, "has %d inputs, which %d groups do not divide", inputs, groups));
    }
    return Storage.Coded.naturalGroups(inputs, inputs / groups);
  }

  IllegalArgumentException broken(String part, String what) {
    return new IllegalArgumentException(
        "tensor "
            + module
            + part
            + " "
            + what
            + ". The packed model is damaged or of another layout.");
  }
}
