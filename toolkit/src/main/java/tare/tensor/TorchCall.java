package tare.tensor;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.nn.Block;
import ai.djl.training.ParameterStore;
import java.io.ByteArrayInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/**
 * Calls a function of PyTorch that DJL's NDArray interface lacks. Each call is a TorchScript entry
 * of the resource {@code functions.zip}, written by {@code src/main/torchscript/export.py}: one
 * library function, or the loop over a block of columns on a GPU.
 */
public final class TorchCall {

  private static final String OPTIMIZER = "ai.djl.pytorch.graph_optimizer";
  private static final String ARCHIVE = "functions.zip";

  // The optimizer has nothing to gain here. On a GPU it would compile kernels, for seconds, for
  // each shape of a column.
  static {
    if (System.getProperty(OPTIMIZER) == null) {
      System.setProperty(OPTIMIZER, "false");
    }
  }

  private static final Map<Place, TorchCall> LOADED = new ConcurrentHashMap<>();

  private final Model model;

  private record Place(String name, Device device) {}

  private TorchCall(Model model) {
    this.model = model;
  }

  /**
   * A call. It is loaded when it is first needed, and kept as long as the process runs.
   *
   * @param name the entry's name without its ending, for instance {@code attention}
   * @param device device of the arguments
   */
  public static TorchCall of(String name, Device device) {
    return LOADED.computeIfAbsent(new Place(name, device), place -> load(name, device));
  }

  private static TorchCall load(String name, Device device) {
    Model model = Model.newInstance(name, device, "PyTorch");
    try (InputStream script = new ByteArrayInputStream(script(name + ".pt"))) {
      model.load(script);
      Files.deleteIfExists(model.getModelPath()); // an empty folder that DJL makes for each model
      return new TorchCall(model);
    } catch (IOException | MalformedModelException e) {
      model.close();
      throw new IllegalStateException(
          "The TorchScript function " + name + " of tare/tensor/" + ARCHIVE + " cannot be loaded",
          e);
    }
  }

  /** The fastest product {@code x wᵀ} of float32. PyTorch has oneDNN's on x86 processors only. */
  public static TorchCall linear(Device device) {
    String processor = System.getProperty("os.arch");
    boolean x86 = processor.equals("amd64") || processor.equals("x86_64");
    return of(x86 && !device.isGpu() ? "linear_onednn" : "linear", device);
  }

  private static byte[] script(String entry) throws IOException {
    try (ZipInputStream archive =
        new ZipInputStream(TorchCall.class.getResourceAsStream(ARCHIVE))) {
      for (ZipEntry each; (each = archive.getNextEntry()) != null; ) {
        if (each.getName().equals(entry)) {
          return archive.readAllBytes();
        }
      }
    }
    throw new FileNotFoundException("tare/tensor/" + ARCHIVE + " has no entry " + entry);
  }

  /** Calls the function. The result belongs to the manager of the first argument. */
  public NDArray call(NDArray... arguments) {
    return all(arguments).get(0);
  }

  /**
   * Calls a function with several results. The results belong to the manager of the first argument.
   */
  public NDList all(NDArray... arguments) {
    Block block = model.getBlock();
    return block.forward(
        new ParameterStore(arguments[0].getManager(), false), new NDList(arguments), false);
  }
}
