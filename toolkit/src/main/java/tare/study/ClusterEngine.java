package tare.study;

import java.util.ServiceLoader;
import tare.data.Progress;

/**
 * Runs the trials of a study on other machines. The toolkit contains no engine; {@link
 * ServiceLoader} finds the one on the class path.
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
                    "This build runs studies on one machine only. Build Tare with Apache Spark, mvn"
                        + " -Pspark package, and start it as java -cp 'spark/target/jars/*'"
                        + " tare.cli.Tare study run ..."));
  }
}
