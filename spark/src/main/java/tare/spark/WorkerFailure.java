package tare.spark;

/**
 * Reports that a trial failed on workers. The message holds the workers' messages and stack traces.
 */
final class WorkerFailure extends RuntimeException {

  private static final long serialVersionUID = 1;

  /** A failure without a stack trace of the driver, which would explain nothing. */
  WorkerFailure(String message, Throwable cause) {
    super(message, cause, false, false);
  }
}
