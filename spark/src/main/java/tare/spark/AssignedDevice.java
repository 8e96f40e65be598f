package tare.spark;

import ai.djl.Device;
import org.apache.spark.TaskContext;
import org.apache.spark.resource.ResourceInformation;
import tare.model.Devices;

/** The device and threads of a task. */
final class AssignedDevice {

  /**
   * Read when the tensor library starts, and stronger than what Spark puts into the environment.
   */
  private static final String THREADS = "ai.djl.pytorch.num_threads";

  private AssignedDevice() {}

  /**
   * The GPU that Spark has assigned to this task, or another device where it assigns none. Starts
   * the tensor library.
   *
   * @param otherwise as {@link Devices#named} has it
   * @param threads of the tensor library, unless it has started already
   * @throws IllegalArgumentException if the tensor library does not see that device
   */
  static Device or(String otherwise, int threads) {
    System.setProperty(THREADS, Integer.toString(threads));
    ResourceInformation gpu = TaskContext.get().resourcesJMap().get("gpu");
    return Devices.named(gpu == null ? otherwise : "gpu:" + gpu.addresses()[0]);
  }
}
