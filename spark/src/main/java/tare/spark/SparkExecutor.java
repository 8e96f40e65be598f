package tare.spark;

import java.io.Serializable;
import org.apache.spark.SparkEnv;

/**
 * A Spark process that runs trials.
 *
 * @param id Spark's name for it
 * @param host its machine
 */
record SparkExecutor(String id, String host) implements Serializable {

  /** The executor that this code runs in. */
  static SparkExecutor here() {
    SparkEnv here = SparkEnv.get();
    return new SparkExecutor(here.executorId(), here.blockManager().blockManagerId().host());
  }

  /** The executor in Spark's notation for a preferred location. */
  String location() {
    return "executor_" + host + "_" + id;
  }

  /** The executor's name in messages. */
  @Override
  public String toString() {
    return "executor " + id + " on " + host;
  }
}
