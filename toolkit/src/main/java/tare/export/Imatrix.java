package tare.export;

import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import tare.calibrate.InputSquares;
import tare.format.GgufWriter;
import tare.format.TensorBytes;
import tare.model.ModelConfig;
import tare.model.ModelPart;

/**
 * Writes llama.cpp's importance matrix, with which {@code llama-quantize --imatrix} weighs the
 * errors of weights. The file is GGUF, as {@code llama-imatrix} writes it: for each linear layer of
 * a block the sums of squares of its inputs ({@code NAME.in_sum2}) and the number of tokens in the
 * sums ({@code NAME.counts}), under llama.cpp's names.
 */
public final class Imatrix {

  private Imatrix() {}

  /**
   * Checks that llama.cpp knows a model.
   *
   * @throws IllegalArgumentException for a model that it cannot read
   */
  public static void require(ModelConfig config) {
    String family = config.architecture().family();
    if (family.equals("opt")) {
      throw new IllegalArgumentException(
          "llama.cpp does not read models of the family opt, so an importance matrix of one is of"
              + " no use: leave out --imatrix.");
    }
  }

  /**
   * Writes a file.
   *
   * @param squares sums over a calibration set; the count of a tensor is the sum of the tokens'
   *     weights. llama.cpp rounds counts, so a sum that is not whole is rounded here, and the sums
   *     of squares change by the same factor: their means stay
   * @param datasets names of the texts that were run
   * @param chunks number of samples
   * @param chunkSize tokens in a sample
   * @throws IllegalArgumentException as {@link #require} does
   * @throws IOException if the file cannot be written; the message names it
   */
  public static void write(
      Path file,
      ModelConfig config,
      InputSquares squares,
      List<String> datasets,
      int chunks,
      int chunkSize)
      throws IOException {
    require(config);
    Map<String, Object> metadata = new LinkedHashMap<>();
    metadata.put("general.type", "imatrix");
    metadata.put("imatrix.datasets", datasets);
    metadata.put("imatrix.chunk_count", chunks);
    metadata.put("imatrix.chunk_size", chunkSize);
    Map<String, TensorBytes> tensors = new LinkedHashMap<>();
    double whole = Math.max(1, Math.rint(squares.weight()));
    float[] count = {(float) whole};
    double factor = whole / squares.weight();
    byName(config, squares)
        .forEach(
            (name, sums) -> {
              tensors.put(name + ".in_sum2", vector(times(sums, factor)));
              tensors.put(name + ".counts", vector(count));
            });
    Files.createDirectories(file.toAbsolutePath().getParent());
    GgufWriter.write(file, metadata, tensors);
  }

  /** The sums under llama.cpp's names, which it writes in alphabetical order. */
  private static Map<String, float[]> byName(ModelConfig config, InputSquares squares) {
    Map<String, float[]> byName = new TreeMap<>();
    for (int block = 0; block < config.blocks(); block++) {
      for (ModelPart part : ModelPart.values()) {
        String name =
            config.architecture().names().containsKey(part)
                ? config.architecture().weight(part, block)
                : "";
        if (squares.sums().containsKey(name)) {
          byName.put(
              String.format(Locale.ROOT, "blk.%d.%s.weight", block, part.inGguf().orElseThrow()),
              squares.sums().get(name));
        }
      }
    }
    return byName;
  }

  private static float[] times(float[] values, double factor) {
    float[] products = new float[values.length];
    for (int i = 0; i < products.length; i++) {
      products[i] = (float) (values[i] * factor);
    }
    return products;
  }

  private static TensorBytes vector(float[] values) {
    return TensorBytes.float32(new Shape(values.length), () -> values);
  }
}
