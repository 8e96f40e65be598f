package tare.adapt;

import ai.djl.Device;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import tare.calibrate.PartialCompression;
import tare.calibrate.TargetLoss;
import tare.data.Progress;
import tare.data.Sample;
import tare.model.Checkpoint;
import tare.study.ClusterEngine;

/**
 * Compresses the first blocks of the model with candidates, and scores the models. A candidate's
 * partial compression lies in the folder, and goes on from where it was. A score that was computed
 * before is read.
 */
final class CandidateScores {

  /**
   * Scores a candidate on a worker, which sees the folder of the run. The score is written there.
   *
   * @param folder the folder of the run
   * @param contender name of the candidate
   * @param blocks number of compressed blocks
   */
  record OnWorker(String folder, String contender, int blocks) implements ClusterEngine.Task {

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

  private final Comparison comparison;
  private final AdaptFolder folder;
  private final Device device;
  private final Progress progress;
  private final ModelScores models;
  private final TimeLeft time;
  private final List<Sample> windows;

  CandidateScores(
      Comparison comparison,
      AdaptFolder folder,
      Device device,
      Progress progress,
      ModelScores models,
      TimeLeft time) {
    this.comparison = comparison;
    this.folder = folder;
    this.device = device;
    this.progress = progress;
    this.models = models;
    this.time = time;
    windows = comparison.windows();
  }

  /**
   * The score of a candidate after some blocks.
   *
   * @param stage what the display of progress says
   */
  Scored score(Contender contender, int blocks, String stage) {
    progress.at(stage, 0, blocks);
    Optional<Scored> before = before(contender, blocks);
    if (before.isPresent()) {
      return before.get();
    }
    long start = System.nanoTime();
    PartialCompression partial = advance(contender, blocks, stage);
    long scoring = System.nanoTime();
    Map<String, List<Double>> kl = models.deciding(partial.checkpoint());
    time.scored(since(scoring));
    Scored scored =
        new Scored(
            contender.name(),
            blocks,
            kl,
            loss(partial.losses()),
            partial.losses().stream().mapToDouble(TargetLoss::total).sum(),
            since(start));
    folder.write(step(contender, blocks), scored);
    return scored;
  }

  /** The score that was computed before, if it was. */
  Optional<Scored> before(Contender contender, int blocks) {
    return folder.read(step(contender, blocks), Scored.class);
  }

  private static String step(Contender contender, int blocks) {
    return String.format(Locale.ROOT, "scored/%d-blocks-%s", blocks, contender.name());
  }

  /** The whole model, compressed with a candidate. */
  Checkpoint whole(Contender contender) {
    return advance(
            contender, comparison.model().config().blocks(), "compressing " + contender.name())
        .checkpoint();
  }

  /** Deletes the partial compression of a candidate that was dropped. */
  void forget(String contender) {
    folder.forget(partial(contender));
  }

  private PartialCompression advance(Contender contender, int blocks, String stage) {
    long start = System.nanoTime();
    try {
      PartialCompression partial = open(contender);
      if (partial.blocks() > blocks) { // a score was deleted by hand
        forget(contender.name());
        partial = open(contender);
      }
      int from = partial.blocks();
      partial.advance(blocks, device, (unused, done, total) -> progress.at(stage, done, blocks));
      time.compressed(blocks - from, since(start));
      return partial;
    } catch (IOException e) {
      throw new UncheckedIOException(
          folder.work(partial(contender.name())) + " cannot be written", e);
    }
  }

  private PartialCompression open(Contender contender) throws IOException {
    return PartialCompression.open(
        folder.work(partial(contender.name())),
        comparison.model(),
        contender.set(),
        windows,
        comparison.method());
  }

  private static String partial(String contender) {
    return "partial/" + contender;
  }

  /** The relative losses of each window, summed over the layers, by target. */
  private Map<String, List<Double>> loss(List<TargetLoss> losses) {
    Map<String, List<Double>> byTarget = new LinkedHashMap<>();
    for (int w = 0; w < windows.size(); w++) {
      double sum = 0;
      for (TargetLoss each : losses) {
        sum += each.changed().get(w) * windows.size() / each.outputs();
      }
      byTarget.computeIfAbsent(windows.get(w).document(), name -> new ArrayList<>()).add(sum);
    }
    return byTarget;
  }

  private static double since(long start) {
    return (System.nanoTime() - start) / 1e9;
  }
}
