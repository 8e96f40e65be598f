package tare.spark;

import java.util.List;
import tare.data.Progress;
import tare.study.ClusterEngine;
import tare.study.Runner;
import tare.study.Study;

/** Makes Apache Spark an engine of {@code tare study run --on} and {@code tare adapt --on}. */
public final class SparkEngine implements ClusterEngine {

  @Override
  public Runner runner(
      String master,
      Study study,
      String device,
      ClusterEngine.ResultsBy resultsBy,
      Progress progress) {
    return new SparkRunner(master, study, device, resultsBy, progress);
  }

  @Override
  public void run(
      String master, String name, List<? extends Task> tasks, String device, Progress progress) {
    if (tasks.isEmpty()) {
      return;
    }
    try (ClusterConnection cluster = ClusterConnection.connect(master, name)) {
      cluster.runAll(List.copyOf(tasks), device, progress);
    }
  }
}
