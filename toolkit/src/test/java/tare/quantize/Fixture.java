package tare.quantize;

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
 * Numbers of a float64 reference in numpy (src/test/python/reference.py). The system property
 * {@code tare.fixtures} names a folder of other fixtures of the same format.
 */
final class Fixture {

  private static final ObjectMapper JSON = new ObjectMapper();

  private Fixture() {}

  static JsonNode read(String name) throws IOException {
    String folder = System.getProperty("tare.fixtures");
    try (InputStream in =
        folder == null
            ? Fixture.class.getResourceAsStream("/fixtures/" + name)
            : Files.newInputStream(Path.of(folder, name))) {
      return JSON.readTree(in);
    }
  }

  static double[][] matrix(JsonNode rows) {
    return JSON.convertValue(rows, double[][].class);
  }

  static double[] vector(JsonNode values) {
    return JSON.convertValue(values, double[].class);
  }

  /** Row-major. */
  static double[] flat(JsonNode rows) {
    return Arrays.stream(matrix(rows)).flatMapToDouble(Arrays::stream).toArray();
  }

  /** A matrix or a vector, in float32. */
  static NDArray array(JsonNode values, NDManager manager) {
    return values.get(0).isArray()
        ? manager.create(JSON.convertValue(values, float[][].class))
        : manager.create(JSON.convertValue(values, float[].class));
  }
}
