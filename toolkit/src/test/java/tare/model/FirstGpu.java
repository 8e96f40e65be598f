package tare.model;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.Device;
import ai.djl.engine.Engine;

/** The first GPU; a test that asks for it is skipped where there is none. */
public final class FirstGpu {

  private FirstGpu() {}

  public static Device device() {
    assumeTrue(Engine.getInstance().getGpuCount() > 0, "there is no GPU");
    return Devices.named("gpu");
  }
}
