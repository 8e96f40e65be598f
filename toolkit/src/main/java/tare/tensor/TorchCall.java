package tare.tensor;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.nn.Block;
import ai.djl.training.ParameterStore;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;

/**
 * Calls a function of PyTorch that DJL's NDArray interface lacks. Each call is a TorchScript
 * resource with one library function, written by {@code src/main/torchscript/export.py}.
 */
public final class TorchCall implements AutoCloseable {

  private final Model model;

  private TorchCall(Model model) {
    this.model = model;
  }

  /**
   * Loads a call.
   *
   * @param name the resource's name without its ending, for instance {@code attention}
   * @param device device of the arguments
   */
  public static TorchCall load(String name, Device device) {
    String resource = name + ".pt";
    Model model = Model.newInstance(name, device, "PyTorch");
    try (InputStream script = TorchCall.class.getResourceAsStream(resource)) {
      if (script == null) {
        throw new IllegalArgumentException(
            "There is no TorchScript resource tare/tensor/" + resource);
      }
      model.load(script);
      Files.deleteIfExists(model.getModelPath()); // an empty folder that DJL makes for each model
      return new TorchCall(model);
    } catch (IOException | MalformedModelException e) {
      model.close();
      throw new IllegalStateException(
          "The TorchScript resource tare/tensor/" + resource + " cannot be loaded", e);
    }
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
