package tare.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Threads of the tensor library sleep while they wait, unless a user wants something else. */
@DisabledOnOs(OS.WINDOWS)
class ThreadsTest {

  private static final String POLICY = "OMP_WAIT_POLICY";

  @Test
  void theirPolicyIsSetUnlessItIsSetAlready() {
    Threads.Environment environment = Threads.environment();
    String before = environment.getenv(POLICY);
    Threads.waitAsleep();
    assertThat(environment.getenv(POLICY)).isEqualTo(before == null ? "PASSIVE" : before);

    environment.setenv(POLICY, "ACTIVE", 1);
    Threads.waitAsleep();
    assertThat(environment.getenv(POLICY)).isEqualTo("ACTIVE");
    environment.setenv(POLICY, before == null ? "PASSIVE" : before, 1);
  }
}
