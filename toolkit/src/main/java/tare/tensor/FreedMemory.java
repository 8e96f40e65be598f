package tare.tensor;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;

/**
 * Memory that PyTorch freed. Linux's C library keeps it for itself. Later arrays seldom fit into
 * the gaps, so a process would grow with each stage of its work.
 */
public final class FreedMemory {

  private FreedMemory() {}

  /** Gives it back to the system, where the C library can. */
  public static void giveBack() {
    if (Platform.isLinux()) {
      try {
        Function trim =
            NativeLibrary.getInstance(Platform.C_LIBRARY_NAME).getFunction("malloc_trim");
        trim.invokeInt(new Object[] {0L});
      } catch (LinkageError e) {
        return; // another C library than glibc has no such function
      }
    }
  }
}
