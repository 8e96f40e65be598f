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

/**
 * One call of the tensor library that the NDArray interface lacks: a TorchScript resource that
 * {@code src/main/torchscript/export.py} writes, one library function each.
 */
public final class TorchCall implements AutoCloseable {

  private final Model model;

  private TorchCall(Model model) {
    this.model = model;
  }

  /**
   * Loads a call.
   *
   * @param name name of the resource, without its ending: {@code attention}
   * @param device where the arguments will be
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
      return new TorchCall(model);
    } catch (IOException | MalformedModelException e) {
      model.close();
      throw new IllegalStateException(
          "The TorchScript resource tare/tensor/" + resource + " cannot be loaded", e);
    }
  }

  /** Calls the function; the result belongs to the manager of the first argument. */
  public NDArray of(NDArray... arguments) {
    return all(arguments).get(0);
  }

  /** Calls a function with several results; they belong to the manager of the first argument. */
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
