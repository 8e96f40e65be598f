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
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/**
 * Calls a function of PyTorch that DJL's NDArray interface lacks. Each call is a TorchScript entry
 * of the resource {@code functions.zip} with one library function, written by {@code
 * src/main/torchscript/export.py}.
 */
public final class TorchCall implements AutoCloseable {

  private static final String ARCHIVE = "functions.zip";

  private final Model model;

  private TorchCall(Model model) {
    this.model = model;
  }

  /**
   * Loads a call.
   *
   * @param name the entry's name without its ending, for instance {@code attention}
   * @param device device of the arguments
   */
  public static TorchCall load(String name, Device device) {
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

  @Override
  public void close() {
    model.close();
  }
}
