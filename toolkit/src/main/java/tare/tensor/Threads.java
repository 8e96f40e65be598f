package tare.tensor;

import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.Platform;

/**
 * How PyTorch's threads wait for work. By default they spin for a while, and on a machine that
 * other programs use too, spinning threads keep each other from working.
 */
public final class Threads {

  private static final String POLICY = "OMP_WAIT_POLICY";
  private static final String SPINS = "GOMP_SPINCOUNT";

  /** Turns of a waiting loop. They take some microseconds, as the pause between two operations. */
  private static final String TURNS = "2000";

  /** Two functions of the C library. */
  interface Environment extends Library {

    /** Sets a variable of this process; an overwrite of 0 leaves an existing value. */
    int setenv(String name, String value, int overwrite);

    /** The value of a variable, or null. */
    String getenv(String name);
  }

  private Threads() {}

  /**
   * Lets threads sleep soon while they wait, unless the environment variable {@code
   * OMP_WAIT_POLICY} says something else. Where GNU's OpenMP runs them, they look for work a moment
   * before they sleep ({@code GOMP_SPINCOUNT}), as waking takes longer than many an operation. It
   * has an effect only before PyTorch is loaded, on Linux and macOS.
   */
  public static void waitAsleep() {
    if (Platform.isWindows()) {
      return;
    }
    Environment environment = environment();
    if (environment.getenv(POLICY) == null) {
      environment.setenv(SPINS, TURNS, 0);
      environment.setenv(POLICY, "PASSIVE", 0);
    }
  }

  static Environment environment() {
    return Native.load(Platform.C_LIBRARY_NAME, Environment.class);
  }
}
