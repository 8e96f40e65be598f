package tare.spark;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import tare.data.Progress;
import tare.estimate.RelativeCost;
import tare.model.Precision;
import tare.study.ClusterEngine;
import tare.study.ResultFolder;
import tare.study.Runner;
import tare.study.Study;
import tare.study.TaskPlan;
import tare.study.Trial;
import tare.study.TrialResult;
import tare.study.TrialRun;

/**
 * Runs trials on an Apache Spark cluster, each as one task. No code travels: a worker is sent the
 * study and the id of a trial, and does the toolkit's own {@link TrialRun} with the models and data
 * that it sees. A trial that fails is tried once more, on another executor if there is one (four
 * times if Spark finds that one busy each time); then it is noted. One whose executor dies is run
 * by another; after four deaths it is noted. A killed run goes on when it is started again.
 *
 * @param master which cluster, for instance {@code spark://host:7077} or {@code
 *     local-cluster[2,1,4096]}
 * @param study the study whose trials are run
 * @param device the device of a worker to which Spark assigns no GPU, as {@link
 *     tare.model.Devices#named} has it
 * @param resultsBy who writes the part files
 * @param progress told when workers are waited for, and of each trial
 */
public record SparkRunner(
    String master, Study study, String device, ClusterEngine.ResultsBy resultsBy, Progress progress)
    implements Runner {

  /**
   * {@inheritDoc}
   *
   * @param work {@link TrialRun} of the study; if its precision is AUTO, that of the results that
   *     are there is taken, else a worker finds what is fastest on it
   * @throws IllegalArgumentException if work is anything else, as code of this process is not on
   *     the workers, or if no worker has the study's models and data
   * @throws java.io.UncheckedIOException if the cluster ends the run; finished trials are kept
   * @throws CancellationException if the thread is interrupted; finished trials are kept
   */
  @Override
  public void run(List<Trial> trials, Function<Trial, TrialResult> work, ResultFolder results) {
    TrialRun own = own(work);
    List<Trial> left = trials.stream().filter(trial -> !results.has(trial)).toList();
    int done = trials.size() - left.size();
    if (left.isEmpty()) {
      progress.at("trials", done, trials.size());
      return;
    }
    ToDoubleFunction<Trial> size = RelativeCost.of(own.materials());
    try (ClusterConnection cluster = ClusterConnection.connect(master, study.name())) {
      progress.at("waiting for workers of " + master, done, trials.size());
      String precision = precision(own, results, cluster).label();
      String models = own.materials().models(study).toString();
      new TrialDispatcher(
              cluster,
              new WaitingTrials(left, size),
              (trial, threads) -> order(trial, own, models, threads, precision, results),
              results,
              progress,
              done,
              trials.size())
          .run();
    }
  }

  private TrialRun own(Function<Trial, TrialResult> work) {
    study.requireNoOwnCode();
    boolean ownTasks = study.tasks().stream().anyMatch(TaskPlan.Own.class::isInstance);
    if (work instanceof TrialRun own && own.study().equals(study.name()) && !ownTasks) {
      return own;
    }
    throw new IllegalArgumentException(
        "A cluster runs the toolkit's own TrialRun of the study %s, not %s: its workers do not have the code of this process. Move a selector, compressor or task of your own into the toolkit, as notebook 10 shows at its end, name it in Methods or Selectors, and build again with mvn -Pspark package."
            .formatted(study.name(), ownTasks ? "a task of your own" : work.getClass().getName()));
  }

  private Precision precision(TrialRun work, ResultFolder folder, ClusterConnection cluster) {
    if (work.precision() != Precision.AUTO) {
      return work.precision();
    }
    Precision precision = folder.precision().orElseGet(() -> cluster.fastest(device));
    folder.fix(precision);
    return precision;
  }

  private TrialRequest order(
      Trial trial,
      TrialRun work,
      String models,
      int threads,
      String precision,
      ResultFolder folder) {
    return new TrialRequest(
        study.json(),
        trial.id(),
        models,
        absolute(work.materials().data()),
        device,
        threads,
        precision,
        resultsBy == ClusterEngine.ResultsBy.WORKERS ? absolute(folder.folder()) : "");
  }

  private static String absolute(Path folder) {
    return folder.toAbsolutePath().normalize().toString();
  }
}
