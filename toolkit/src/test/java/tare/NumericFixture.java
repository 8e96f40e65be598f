package tare;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Numbers of a reference, for instance the float64 one in numpy (src/test/python/reference.py). The
 * system property {@code tare.fixtures} names a folder of other fixtures of the same format.
 *
 * @param json the whole file
 */
public record NumericFixture(JsonNode json) {

  private static final ObjectMapper JSON = new ObjectMapper();

  /** Reads a fixture by its file's name. */
  public static NumericFixture read(String name) throws IOException {
    String folder = System.getProperty("tare.fixtures");
    try (InputStream in =
        folder == null
            ? NumericFixture.class.getResourceAsStream("/fixtures/" + name)
            : Files.newInputStream(Path.of(folder, name))) {
      return new NumericFixture(JSON.readTree(in));
    }
  }

  /** A matrix or a vector, in float32. */
  public static NDArray array(JsonNode values, NDManager manager) {
    return values.get(0).isArray()
        ? manager.create(JSON.convertValue(values, float[][].class))
        : manager.create(JSON.convertValue(values, float[].class));
  }

  /** A matrix. */
  public static double[][] matrix(JsonNode rows) {
    return JSON.convertValue(rows, double[][].class);
  }

  /** A vector. */
  public static double[] vector(JsonNode values) {
    return JSON.convertValue(values, double[].class);
  }

  /** A matrix row-major; truth is 1. */
  public static double[] values(JsonNode rows) {
    return Arrays.stream(matrix(rows)).flatMapToDouble(Arrays::stream).toArray();
  }

  /** A matrix of 0 and 1, row-major. */
  public static boolean[] mask(JsonNode rows) {
    double[] values = values(rows);
    boolean[] mask = new boolean[values.length];
    for (int i = 0; i < mask.length; i++) {
      mask[i] = values[i] == 1;
    }
    return mask;
  }
}
