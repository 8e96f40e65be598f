package tare.spark;

/** A trial failed on workers; the message holds what they said, with their stack traces. */
final class WorkerFailure extends RuntimeException {

  private static final long serialVersionUID = 1;

  /** Without a trace of this side, which would tell nothing. */
  WorkerFailure(String message, Throwable cause) {
    super(message, cause, false, false);
  }
}
