package tare.adapt;

import ai.djl.Device;
import java.io.IOException;
import java.nio.file.Path;
import tare.data.Progress;
import tare.study.ClusterEngine;

/**
 * Scores a candidate on a worker, which sees the folder of the run. The score is written there.
 *
 * @param folder the folder of the run
 * @param contender name of the candidate
 * @param blocks number of compressed blocks
 */
record ScoreOnWorker(String folder, String contender, int blocks) implements ClusterEngine.Task {

  @Override
  public void run(Device device) throws IOException {
    try (AdaptFolder shared = AdaptFolder.join(Path.of(folder))) {
      Comparison comparison = Comparison.read(shared);
      try (ModelScores models = ModelScores.in(shared, comparison, device)) {
        new CandidateScores(comparison, shared, device, Progress.NONE, models, new TimeLeft())
            .score(shared.contender(contender).orElseThrow(), blocks, contender);
      }
    }
  }
}
