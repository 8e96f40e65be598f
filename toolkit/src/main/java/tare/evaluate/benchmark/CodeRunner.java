package tare.evaluate.benchmark;

/** Runs programs that a model has written. */
@FunctionalInterface
public interface CodeRunner {

  /** Runs no program. It is the default until the user allows programs to run. */
  CodeRunner NONE =
      program -> {
        throw new IllegalArgumentException(
            "Scoring this task runs programs that the model writes. tare evaluate allows it with"
                + " --run-code, on a disposable machine where they can do no harm. The likelihood of"
                + " the published solutions needs no program: add /solutions to the task's name.");
      };

  /** Whether a Python program ends in time and without an error. */
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
