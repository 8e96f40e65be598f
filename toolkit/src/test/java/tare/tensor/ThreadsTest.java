package tare.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.jna.Native;
import com.sun.jna.Platform;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Threads of the tensor library sleep while they wait, unless a user wants something else. */
@DisabledOnOs(OS.WINDOWS)
class ThreadsTest {

  private static final String POLICY = "OMP_WAIT_POLICY";

  private static final String SPINS = "GOMP_SPINCOUNT";

  /** A test also takes variables from its process. */
  interface Environment extends Threads.Environment {
    int unsetenv(String name);
  }

  private final Environment environment = Native.load(Platform.C_LIBRARY_NAME, Environment.class);
  private final String policy = environment.getenv(POLICY);
  private final String spins = environment.getenv(SPINS);

  @AfterEach
  void restore() {
    restore(POLICY, policy);
    restore(SPINS, spins);
  }

  private void restore(String name, String before) {
    if (before == null) {
      environment.unsetenv(name);
    } else {
      environment.setenv(name, before, 1);
    }
  }

  @Test
  void theySleepSoonByDefault() {
    environment.unsetenv(POLICY);
    environment.unsetenv(SPINS);
    Threads.waitAsleep();
    assertThat(environment.getenv(POLICY)).isEqualTo("PASSIVE");
    assertThat(environment.getenv(SPINS)).isEqualTo("2000");
  }

  @Test
  void whatAUserSaysStays() {
    environment.unsetenv(SPINS);
    environment.setenv(POLICY, "ACTIVE", 1);
    Threads.waitAsleep();
    assertThat(environment.getenv(POLICY)).isEqualTo("ACTIVE");
    assertThat(environment.getenv(SPINS)).isNull();
  }
}
