package tare.spark;

import java.io.Serializable;
import java.util.List;
import tare.study.TrialOutput;

/** What became of an order. */
sealed interface Reply extends Serializable {

  /**
   * The trial is done.
   *
   * @param by who did it
   * @param output its files; none if the worker wrote them into the folder of results
   */
  record Done(Executor by, List<TrialOutput> output) implements Reply {}

  /**
   * The trial threw something.
   *
   * @param trace what it was, as text: its class need not be known elsewhere
   */
  record Failed(Executor by, String trace) implements Reply {}

  /**
   * This executor can do no trial of the study, as its models or data are missing or differ.
   *
   * @param reason for people
   */
  record Unfit(Executor by, String reason) implements Reply {}

  /**
   * Spark gave the trial up, for instance because it cost several executors their lives.
   *
   * @param reason what Spark says
   */
  record GivenUp(Exception reason) implements Reply {}
}
