package tare.study;

import java.util.ServiceLoader;
import tare.data.Progress;

/**
 * An engine that runs the trials of a study on other machines. The toolkit brings none: the one on
 * the class path is found by {@link ServiceLoader}.
 */
public interface ClusterEngine {

  /**
   * A runner on a cluster. It takes the work of {@link TrialRun#elsewhere} or {@link TrialRun#of},
   * of which only plain data travels: the study, the data folder and the precision.
   *
   * @param master which cluster, for instance {@code spark://host:7077}
   * @param study the study
   * @param device the device of a worker to which the cluster assigns none, as {@link
   *     tare.model.Devices#named} has it
   * @param resultsBy who writes the part files
   * @param progress told when workers are waited for, and of each trial
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
                    "This build runs studies on one machine only. Build Tare with Apache Spark, mvn -Pspark package, and start it as java -cp 'spark/target/jars/*' tare.cli.Tare study run ..."));
  }
}
