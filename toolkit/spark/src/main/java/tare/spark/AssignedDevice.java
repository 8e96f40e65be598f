package tare.spark;

import ai.djl.Device;
import org.apache.spark.TaskContext;
import org.apache.spark.resource.ResourceInformation;
import tare.model.Devices;

/** The device of a task. */
final class AssignedDevice {

  private AssignedDevice() {}

  /**
   * The GPU that Spark has assigned to this task, or another device where it assigns none.
   *
   * @param otherwise as {@link Devices#named} has it
   * @throws IllegalArgumentException if the tensor library does not see that device
   */
  static Device or(String otherwise) {
    ResourceInformation gpu = TaskContext.get().resourcesJMap().get("gpu");
    return Devices.named(gpu == null ? otherwise : "gpu:" + gpu.addresses()[0]);
  }
}
