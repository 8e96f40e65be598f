package tare.tensor;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;

/**
 * Memory that PyTorch freed. The C library of Linux keeps it for later requests, where little of it
 * fits, so a process that works in stages would grow with each.
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
      } catch (UnsatisfiedLinkError e) {
        return; // a C library other than glibc, which keeps little
      }
    }
  }
}
