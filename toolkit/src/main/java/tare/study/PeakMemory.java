package tare.study;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The most memory that this process has held, as Linux tells it. */
public final class PeakMemory {

  private static final Path STATUS = Path.of("/proc/self/status");
  private static final Path RESET = Path.of("/proc/self/clear_refs");
  private static final String FIELD = "VmHWM:";

  private PeakMemory() {}

  /**
   * Begins a new peak at what is held now.
   *
   * @return whether the system could be told to
   */
  public static boolean restart() {
    try {
      Files.writeString(RESET, "5");
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Resident memory at its peak so far, native memory included; null where the system does not say.
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
