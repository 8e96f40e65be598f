package tare.export;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import tare.calibrate.CheckpointFolder;
import tare.calibrate.CompressedModel;
import tare.compress.Rtn;
import tare.format.TensorBytes;
import tare.format.TensorSource;
import tare.grid.NumberFormat;
import tare.grid.Storage;
import tare.model.Checkpoint;
import tare.model.ModelPart;
import tare.tensor.HalfFloat;
import tare.tensor.StorageType;

/**
 * Writes a quantized model as a folder with packed weights, for transformers, vLLM and others.
 *
 * <p>The packed linear layers decode to exactly the model's weights. Codes are stored unchanged;
 * scales are stored as float16, to which they were rounded during compression ({@link
 * Storage#stored()}). All other tensors (embedding, norms, biases, head) are written as float16,
 * the format that the readers' kernels use. If float16 cannot {@linkplain HalfFloat#holds hold} one
 * of them, all keep the number format of the original.
 */
public final class PackedFolder {

  private static final String WEIGHT = ".weight";

  /** What config.json calls the number formats. */
  private static final Map<StorageType, String> TYPES =
      Map.of(StorageType.F16, "float16", StorageType.BF16, "bfloat16", StorageType.F32, "float32");

  private PackedFolder() {}

  /**
   * Checks a model before the long work of compressing it.
   *
   * @throws IllegalArgumentException if a weight is NaN or infinite, or a tensor outside the linear
   *     layers does not fit the layout; the message names the tensor
   */
  public static void requireFits(Checkpoint original, PackedLayout layout) {
    original.requireFinite();
    Set<String> others = new TreeSet<>(original.config().endShapes().keySet());
    for (int block = 0; block < original.config().blocks(); block++) {
      original
          .config()
          .blockShapes(block)
          .forEach(
              (name, shape) -> {
                if (shape.dimension() == 1) {
                  others.add(name);
                }
              });
    }
    type(original, others, layout);
  }

  /**
   * Writes a model.
   *
   * @param folder made if it is missing
   * @throws IllegalArgumentException if the folder already holds a checkpoint, a linear layer or
   *     another tensor does not fit the layout, or layout and model differ in how inputs are
   *     rounded
   * @throws IOException if the folder cannot be written
   */
  public static void write(CompressedModel model, PackedLayout layout, Path folder)
      throws IOException {
    if (!layout.inputs().equals(model.checkpoint().inputs())) {
      throw new IllegalArgumentException(
          "%s is for models with inputs rounded to %s, but this model's inputs are rounded to %s"
              .formatted(layout, layout.inputs(), model.checkpoint().inputs()));
    }
    Map<String, Storage.Coded> grids = new LinkedHashMap<>();
    model.linears().forEach((name, storage) -> grids.put(name, coded(name, storage)));
    PackedLayout.Settings settings = PackedLayout.Settings.of(grids);
    TensorSource source = model.checkpoint().tensors();
    Set<String> others = new TreeSet<>(source.names());
    others.removeAll(grids.keySet());
    StorageType type = type(model.checkpoint(), others, layout);
    Map<String, TensorBytes> tensors = new LinkedHashMap<>();
    others.forEach(
        name ->
            tensors.put(name, TensorBytes.of(type, source.shape(name), () -> source.values(name))));
    grids.forEach(
        (name, grid) -> {
          layout.require(name, grid.rows(), grid.columns(), settings);
          requireHalf(name, grid);
          tensors.putAll(layout.tensors(module(name), grid));
        });
    ObjectNode config = layout.config(settings);
    CheckpointFolder.write(
        model.checkpoint(), tensors, TYPES.get(type), Optional.of(config), folder);
    if (layout instanceof GptqLayout) {
      Files.writeString(folder.resolve("quantize_config.json"), config.toPrettyString() + "\n");
    }
  }

  /** The number format of all tensors that are not packed. */
  private static StorageType type(Checkpoint model, Set<String> names, PackedLayout layout) {
    for (String name : names) {
      if (!HalfFloat.holds(model.tensors().values(name))) {
        if (layout instanceof AwqLayout) {
          throw new IllegalArgumentException(
              name
                  + " has values that float16 cannot hold, and readers of the AWQ layout compute in"
                  + " float16: use --format compressed-tensors, gptq or dense");
        }
        StorageType own =
            model.tensors().storage(model.config().architecture().weight(ModelPart.EMBEDDING));
        return own == StorageType.BF16 ? own : StorageType.F32;
      }
    }
    return StorageType.F16;
  }

  /**
   * Refuses a model whose scales float16 cannot hold, before they are all found. They are those of
   * plain rounding in the first block. A method that rescales weights first may find others.
   *
   * @throws IllegalArgumentException naming the linear layer
   */
  public static void requireScales(Checkpoint original, PackedLayout.Settings settings) {
    if (settings.format() != NumberFormat.Kind.INT) {
      return;
    }
    Rtn plain = new Rtn(settings.bits(), settings.groupSize());
    try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      original
          .config()
          .blockShapes(0)
          .forEach(
              (name, shape) -> {
                if (shape.dimension() == 2) {
                  NDArray weight = original.tensors().read(name, manager);
                  requireHalf(name, coded(name, plain.compress(weight, null).storage().stored()));
                }
              });
    }
  }

  /** Refuses scales that were rounded to float16 times a power of two. */
  private static void requireHalf(String name, Storage.Coded coded) {
    if (!(coded instanceof Storage.Grid grid)) {
      return;
    }
    for (float scale : grid.scales()) {
      if (HalfFloat.round(scale) != scale) {
        throw new IllegalArgumentException(
            name
                + " has the scale "
                + scale
                + ", which float16 cannot hold, and packed layouts store scales as float16: use"
                + " --format dense");
      }
    }
  }

  private static Storage.Coded coded(String name, Storage storage) {
    if (storage instanceof Storage.Coded coded) {
      return coded;
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
