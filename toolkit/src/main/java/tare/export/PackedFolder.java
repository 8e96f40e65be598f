package tare.export;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import tare.calibrate.CheckpointFolder;
import tare.calibrate.CompressedModel;
import tare.compress.Storage;
import tare.format.TensorBytes;
import tare.format.TensorSource;

/**
 * Writes a quantized model as a folder with packed weights, for transformers, vLLM and others.
 *
 * <p>The packed linear layers decode to exactly the model's weights. Codes are stored unchanged;
 * scales are stored as float16, to which they were rounded during compression ({@link
 * Storage#stored()}). All other tensors (embedding, norms, biases, head) are written as float16,
 * the format that the readers' kernels use.
 */
public final class PackedFolder {

  private static final String WEIGHT = ".weight";

  private PackedFolder() {}

  /**
   * Writes a model.
   *
   * @param folder made if it is missing
   * @throws IllegalArgumentException if the folder already holds a checkpoint, a linear layer does
   *     not fit the layout, or layout and model differ in how inputs are rounded
   * @throws IOException if the folder cannot be written
   */
  public static void write(CompressedModel model, PackedLayout layout, Path folder)
      throws IOException {
    if (!layout.inputs().equals(model.checkpoint().inputs())) {
      throw new IllegalArgumentException(
          "%s is for models with inputs rounded to %s, but this model's inputs are rounded to %s"
              .formatted(layout, layout.inputs(), model.checkpoint().inputs()));
    }
    Map<String, Storage.Grid> grids = new LinkedHashMap<>();
    model.linears().forEach((name, storage) -> grids.put(name, grid(name, storage)));
    PackedLayout.Settings settings = PackedLayout.Settings.of(grids);
    Map<String, TensorBytes> tensors = new LinkedHashMap<>();
    TensorSource source = model.checkpoint().tensors();
    for (String name : source.names()) {
      Storage.Grid grid = grids.get(name);
      if (grid == null) {
        tensors.put(name, TensorBytes.float16(source.shape(name), () -> source.values(name)));
      } else {
        layout.require(name, grid.rows(), grid.columns(), settings);
        tensors.putAll(layout.tensors(module(name), grid));
      }
    }
    ObjectNode config = layout.config(settings);
    CheckpointFolder.write(model.checkpoint(), tensors, "float16", Optional.of(config), folder);
    if (layout instanceof GptqLayout) {
      Files.writeString(folder.resolve("quantize_config.json"), config.toPrettyString() + "\n");
    }
  }

  private static Storage.Grid grid(String name, Storage storage) {
    if (storage instanceof Storage.Grid grid) {
      return grid;
    }
    throw new IllegalArgumentException(
        name
            + " is not stored as codes on a grid of scales and whole zero points, so no packed"
            + " layout can hold it: use --format dense");
  }

  private static String module(String name) {
    return name.endsWith(WEIGHT) ? name.substring(0, name.length() - WEIGHT.length()) : name;
  }
}
