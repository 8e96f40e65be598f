package tare.spark;

import tare.data.Progress;
import tare.study.ClusterEngine;
import tare.study.Runner;
import tare.study.Study;

/** Makes Apache Spark an engine of {@code tare study run --on}. */
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
}
