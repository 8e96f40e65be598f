package tare.spark;

import ai.djl.Device;
import org.apache.spark.TaskContext;
import org.apache.spark.resource.ResourceInformation;
import tare.model.Devices;
import tare.tensor.Threads;

/** The device and threads of a task. */
final class AssignedDevice {

  /**
   * A system property that is read when the tensor library starts and overrides the value that
   * Spark sets in the environment.
   */
  private static final String THREADS = "ai.djl.pytorch.num_threads";

  private AssignedDevice() {}

  /**
   * The GPU that Spark has assigned to this task, or another device if it has assigned none. Starts
   * the tensor library.
   *
   * @param otherwise a name for {@link Devices#named}
   * @param threads number of threads of the tensor library, unless it has started already
   * @throws IllegalArgumentException if the tensor library does not see that device
   */
  static Device or(String otherwise, int threads) {
    Threads.waitAsleep();
    System.setProperty(THREADS, Integer.toString(threads));
    ResourceInformation gpu = TaskContext.get().resourcesJMap().get("gpu");
    return Devices.named(gpu == null ? otherwise : "gpu:" + gpu.addresses()[0]);
  }
}
