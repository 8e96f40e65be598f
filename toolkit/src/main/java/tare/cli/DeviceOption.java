package tare.cli;

import ai.djl.Device;
import picocli.CommandLine.Option;
import tare.model.Devices;

/** {@code --device}, of every command that runs a model. */
final class DeviceOption {

  @Option(
      names = "--device",
      paramLabel = "D",
      defaultValue = "auto",
      description = "cpu, gpu, gpu:N, or auto for the first GPU if there is one")
  private String name;

  /** The name as it was given. */
  String name() {
    return name;
  }

  /** The device, made ready when it is first asked for. */
  Device device() {
    return Devices.named(name);
  }
}
