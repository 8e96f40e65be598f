package tare.model;

import ai.djl.ndarray.types.Shape;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Pattern;
import tare.format.TensorSource;
import tare.tensor.StorageType;

/**
 * Checks that a checkpoint has the tensors that its configuration describes.
 *
 * @param path path that error messages name
 */
record ShapeCheck(Path path, ModelConfig config, TensorSource tensors) {

  /**
   * Weights and biases of blocks. Old LLaMA checkpoints have further tensors there, which are never
   * read.
   */
  private static final Pattern IN_A_BLOCK =
      Pattern.compile("^(model\\.(decoder\\.)?layers|blk)\\.\\d+\\..*\\.(weight|bias)$");

  /** Types whose values mean nothing without a scale. */
  private static final Set<StorageType> CODES =
      EnumSet.of(
          StorageType.F8_E4M3, StorageType.I8, StorageType.U8, StorageType.I32, StorageType.I64);

  /**
   * Checks names, shapes and types.
   *
   * @throws IllegalArgumentException if a tensor is missing, has another shape, or is not part of
   *     the configured model (biases of zeros, which some tools add, are let pass); the message
   *     gives both the expected and the actual shape
   */
  void run() {
    Set<String> known = new HashSet<>();
    config.endShapes().forEach((name, shape) -> require(name, shape, known));
    for (int block = 0; block < config.blocks(); block++) {
      config.blockShapes(block).forEach((name, shape) -> require(name, shape, known));
    }
    for (String name : tensors.names()) {
      if (IN_A_BLOCK.matcher(name).find() && !known.contains(name) && !isBiasOfZeros(name)) {
        throw new IllegalArgumentException(
            path
                + ": tensor "
                + name
                + " "
                + tensors.shape(name)
                + " does not belong to the configured model: family "
                + config.architecture().family()
                + ", "
                + config.blocks()
                + " blocks, biases in "
                + config.architecture().biased());
      }
    }
  }

  private boolean isBiasOfZeros(String name) {
    return name.endsWith(".bias")
        && tensors.shape(name).dimension() == 1
        && Arrays.equals(tensors.values(name), new float[(int) tensors.shape(name).size()]);
  }

  private void require(String name, Shape expected, Set<String> known) {
    String says = ", but the configuration says " + expected;
    if (!tensors.names().contains(name)) {
      throw new IllegalArgumentException(
          path + ": tensor " + name + " is missing" + says + remedy(name));
    }
    if (!tensors.shape(name).equals(expected)) {
      throw new IllegalArgumentException(
          path + ": tensor " + name + " has shape " + tensors.shape(name) + says);
    }
    if (CODES.contains(tensors.storage(name))) {
      throw new IllegalArgumentException(
          path
              + ": tensor "
              + name
              + " holds codes ("
              + tensors.storage(name)
              + "), but nothing says what they stand for: its scale, or quantization_config in"
              + " config.json, is missing. Fetch the folder again.");
    }
    known.add(name);
  }

  private String remedy(String name) {
    return name.equals(config.architecture().weight(ModelPart.HEAD))
        ? ". If the embedding is also the output matrix, set tie_word_embeddings to true in"
            + " config.json"
        : "";
  }
}
