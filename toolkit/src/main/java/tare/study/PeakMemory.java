package tare.study;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reports the peak memory of this process, as Linux measures it. */
public final class PeakMemory {

  private static final Path STATUS = Path.of("/proc/self/status");
  private static final Path RESET = Path.of("/proc/self/clear_refs");
  private static final String FIELD = "VmHWM:";

  private PeakMemory() {}

  /**
   * Starts a new measurement of the peak at the current memory, after what an earlier trial left on
   * the heap is collected. So trials do not count each other's garbage, and the heap of a long
   * process does not grow with it.
   *
   * @return whether the system supports that
   */
  public static boolean restart() {
    System.gc();
    try {
      Files.writeString(RESET, "5");
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Peak of the resident memory so far in MiB, native memory included; null if the system does not
   * report it.
   */
  public static Long mib() {
    if (!Files.isReadable(STATUS)) {
      return null;
    }
    try {
      return Files.readAllLines(STATUS).stream()
          .filter(line -> line.startsWith(FIELD))
          .map(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
          .findFirst()
          .orElse(null);
    } catch (IOException e) {
      return null;
    }
  }
}
