package tare.spark;

import java.io.Serializable;
import java.util.List;
import tare.study.TrialOutput;

/** The result of an order. */
sealed interface TrialReply extends Serializable {

  /**
   * The trial is done.
   *
   * @param by the executor that ran it
   * @param output its files; none if the worker wrote them into the folder of results
   */
  record Done(SparkExecutor by, List<TrialOutput> output) implements TrialReply {}

  /**
   * The trial threw an exception.
   *
   * @param trace the exception as text, because its class may be unknown elsewhere
   */
  record Failed(SparkExecutor by, String trace) implements TrialReply {}

  /**
   * This executor can run no trial of the study, because its models or data are missing or differ.
   *
   * @param reason explanation for people
   */
  record Unfit(SparkExecutor by, String reason) implements TrialReply {}

  /**
   * Spark gave the trial up, for instance because several executors died with it.
   *
   * @param reason Spark's explanation
   */
  record GivenUp(Exception reason) implements TrialReply {}
}
