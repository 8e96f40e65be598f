package tare.model;

import ai.djl.Device;
import ai.djl.engine.Engine;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds devices by the names that users give them. */
public final class Devices {

  private static final Pattern GPU = Pattern.compile("gpu(?::(\\d{1,3}))?");

  private Devices() {}

  /**
   * The device with this name.
   *
   * @param name {@code cpu}; {@code gpu} for the first and {@code gpu:1} for the second GPU; {@code
   *     auto} for the first GPU if there is one, else the CPU
   * @throws IllegalArgumentException for another name, or a GPU that the tensor library does not
   *     see; the message says what to do
   */
  public static Device named(String name) {
    if (name.equals("auto")) {
      return Engine.getInstance().defaultDevice();
    }
    if (name.equals("cpu")) {
      return Device.cpu();
    }
    Matcher gpu = GPU.matcher(name);
    if (!gpu.matches()) {
      throw new IllegalArgumentException(
          "Device \"" + name + "\" is not one of cpu, gpu, gpu:N, auto");
    }
    int number = gpu.group(1) == null ? 0 : Integer.parseInt(gpu.group(1));
    int there = Engine.getInstance().getGpuCount();
    if (number >= there) {
      throw new IllegalArgumentException(
          "Device "
              + name
              + ": the tensor library sees "
              + there
              + " GPUs. A GPU needs an NVIDIA driver and a build for CUDA: mvn -Dcuda package");
    }
    return Device.gpu(number);
  }
}
