package tare.cli;

import ai.djl.Device;
import picocli.CommandLine.Option;
import tare.model.Devices;

/** The option {@code --device} of every command that runs a model. */
final class DeviceOption {

  @Option(
      names = "--device",
      paramLabel = "D",
      defaultValue = "auto",
      description = "cpu, gpu, gpu:N, or auto for the first GPU if there is one")
  private String name;

  /** The name that the user gave. */
  String name() {
    return name;
  }

  /** The device, prepared at the first call. */
  Device device() {
    return Devices.named(name);
  }
}
