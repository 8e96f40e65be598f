package tare.study;

import ai.djl.Device;
import java.io.IOException;
import java.io.Serializable;
import java.util.List;
import java.util.ServiceLoader;
import tare.data.Progress;

/**
 * Runs the trials of a study, and other tasks, on other machines. The toolkit contains no engine;
 * {@link ServiceLoader} finds the one on the class path.
 */
public interface ClusterEngine {

  /**
   * Says who writes the part files of trials that run on workers. The files are the same either
   * way.
   */
  enum ResultsBy {
    /**
     * Workers send the files back, and the driver writes them. The machines need not share a
     * folder.
     */
    DRIVER,
    /** Workers write into the folder of results, which all machines see under the same path. */
    WORKERS
  }

  /**
   * Makes a runner on a cluster. The runner accepts the work of {@link TrialRun#elsewhere} or
   * {@link TrialRun#of}, of which only plain data travels: the study, the data folder and the
   * precision.
   *
   * @param master address of the cluster, for instance {@code spark://host:7077}
   * @param study the study
   * @param device device of a worker to which the cluster assigns none, as {@link
   *     tare.model.Devices#named} reads it
   * @param resultsBy who writes the part files
   * @param progress told of each trial, and when the run waits for workers
   */
  Runner runner(String master, Study study, String device, ResultsBy resultsBy, Progress progress);

  /**
   * Work for a worker: plain data, whose class is on the worker's class path. What it finds, it
   * writes where the driver sees it.
   */
  interface Task extends Serializable {

    /**
     * Does the work.
     *
     * @throws IOException if something cannot be read or written
     */
    void run(Device device) throws IOException;
  }

  /**
   * Runs tasks on workers, as many at the same time as there are workers, and waits for all of
   * them. A task that fails is tried again.
   *
   * @param master address of the cluster
   * @param name what the work is called
   * @param tasks independent of each other
   * @param device device of a worker to which the cluster assigns none
   * @param progress told how many tasks are done
   * @throws IllegalArgumentException if a task fails each time; the message holds the worker's
   */
  void run(
      String master, String name, List<? extends Task> tasks, String device, Progress progress);

  /**
   * The engine on the class path.
   *
   * @throws IllegalArgumentException if there is none; the message says how to start with one
   */
  static ClusterEngine onClassPath() {
    return ServiceLoader.load(ClusterEngine.class)
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "This build runs on one machine only. Build Tare with Apache Spark, mvn -Pspark"
                        + " package, and start it as java -cp 'spark/target/jars/*' tare.cli.Tare"
                        + " ..."));
  }
}
