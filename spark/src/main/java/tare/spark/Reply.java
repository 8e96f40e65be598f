package tare.spark;

import java.io.Serializable;
import java.util.List;
import tare.study.TrialOutput;

/** The result of an order. */
sealed interface Reply extends Serializable {

  /**
   * The trial is done.
   *
   * @param by the executor that ran it
   * @param output its files; none if the worker wrote them into the folder of results
   */
  record Done(Executor by, List<TrialOutput> output) implements Reply {}

  /**
   * The trial threw an exception.
   *
   * @param trace the exception as text, because its class may be unknown elsewhere
   */
  record Failed(Executor by, String trace) implements Reply {}

  /**
   * This executor can run no trial of the study, because its models or data are missing or differ.
   *
   * @param reason explanation for people
   */
  record Unfit(Executor by, String reason) implements Reply {}

  /**
   * Spark gave the trial up, for instance because several executors died with it.
   *
   * @param reason Spark's explanation
   */
  record GivenUp(Exception reason) implements Reply {}
}
