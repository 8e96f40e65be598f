package tare.evaluate.benchmark;

/** Runs programs that a model has written. */
@FunctionalInterface
public interface CodeRunner {

  /** Runs nothing: what a user who has not allowed it gets. */
  CodeRunner NONE =
      program -> {
        throw new IllegalArgumentException(
            "Scoring this task runs programs that the model writes. Allow it with --run-code, on a machine where they can do no harm.");
      };

  /** Whether a Python program ends by itself, in time and without an error. */
  boolean passes(String program);

  /**
   * Whether programs may be run at all.
   *
   * @throws IllegalArgumentException if not
   */
  default void require() {
    if (this == NONE) {
      passes("");
    }
  }
}
