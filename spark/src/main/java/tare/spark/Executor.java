package tare.spark;

import java.io.Serializable;
import org.apache.spark.SparkEnv;

/**
 * A process of Spark's that runs trials.
 *
 * @param id Spark's name for it
 * @param host the machine
 */
record Executor(String id, String host) implements Serializable {

  /** The one that this code runs in. */
  static Executor here() {
    SparkEnv here = SparkEnv.get();
    return new Executor(here.executorId(), here.blockManager().blockManagerId().host());
  }

  /** As Spark writes a preferred location. */
  String location() {
    return "executor_" + host + "_" + id;
  }

  /** For people. */
  @Override
  public String toString() {
    return "executor " + id + " on " + host;
  }
}
