package tare.study;

import ai.djl.Device;
import ai.djl.engine.Engine;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tare.calibrate.BlockByBlock;
import tare.calibrate.CompressedModel;
import tare.calibrate.LayerReport;
import tare.compress.Method;
import tare.data.Progress;
import tare.evaluate.Aggregate;
import tare.evaluate.Outcome;
import tare.evaluate.RememberedScores;
import tare.evaluate.Scorer;
import tare.evaluate.Task;
import tare.model.Checkpoint;
import tare.model.DecoderModel;
import tare.model.Precision;

/**
 * What a trial does: choose the calibration set, compress block by block, run the tasks.
 *
 * @param study name of the study
 * @param materials models, corpora and tasks
 * @param device where tensors are
 * @param precision of the evaluation, the same for all trials; AUTO only for a runner that finds
 *     out what it stands for, see {@link #elsewhere}
 * @param unfinished folder of the answers of models whose evaluation is not finished; a trial that
 *     was interrupted goes on from there
 * @param clock tells when a trial is done
 * @param progress told of each step
 */
public record TrialRun(
    String study,
    Materials materials,
    Device device,
    Precision precision,
    Path unfinished,
    Clock clock,
    Progress progress)
    implements Function<Trial, TrialResult> {

  /**
   * The work of a study by this machine's clock.
   *
   * @param device where tensors are; the study's precision is chosen on it
   * @param results the folder of its results, which keeps unfinished evaluations too
   * @param progress told of each step
   */
  public static TrialRun of(
      Study study, Materials materials, Device device, ResultFolder results, Progress progress) {
    return new TrialRun(
        study.name(),
        materials,
        device,
        Precision.named(study.precision()).resolvedOn(device),
        results.unfinished(),
        Clock.systemUTC(),
        progress);
  }

  /**
   * The work of a study for a {@link ClusterEngine}, whose workers have materials and devices of
   * their own: what the precision AUTO stands for is left to one of them.
   *
   * @param materials those of this machine, which say where the data folder is
   * @param results the folder of its results
   */
  public static TrialRun elsewhere(Study study, Materials materials, ResultFolder results) {
    return new TrialRun(
        study.name(),
        materials,
        Device.cpu(),
        Precision.named(study.precision()),
        results.unfinished(),
        Clock.systemUTC(),
        Progress.NONE);
  }

  /** The compressed model, the set it was made with, and the seconds that both took. */
  private record Compressed(
      Checkpoint checkpoint,
      Optional<CompressedModel> model,
      Optional<Materials.Drawn> drawn,
      double seconds) {}

  /** A task's outcomes, how many requests were cut on the left, and the seconds that it took. */
  private record Evaluated(
      Trial.PlannedTask task,
      List<Outcome> outcomes,
      int truncated,
      List<String> notes,
      double seconds) {}

  @Override
  public TrialResult apply(Trial trial) {
    Optional<Materials.Drawn> drawn =
        trial.calibration() == null
            ? Optional.empty()
            : Optional.of(materials.calibrationSet(trial));
    PeakMemory.restart();
    Compressed compressed = compressed(trial, drawn);
    List<Evaluated> evaluations = new ArrayList<>();
    String fingerprint = String.join(" ", trial.id(), precision.label(), version());
    try (DecoderModel model = DecoderModel.load(compressed.checkpoint(), device, precision);
        RememberedScores scores =
            RememberedScores.open(new Scorer(model), fingerprint, unfinished)) {
      for (Trial.PlannedTask task : trial.tasks()) {
        progress.at("evaluating", evaluations.size(), trial.tasks().size());
        long start = System.nanoTime();
        int before = scores.truncated();
        Task running = materials.task(task.plan());
        List<Outcome> outcomes = running.run(scores);
        int truncated = scores.truncated() - before;
        evaluations.add(new Evaluated(task, outcomes, truncated, running.notes(), seconds(start)));
      }
    }
    RememberedScores.forget(fingerprint, unfinished);
    List<ResultRow> rows = new ArrayList<>();
    for (Evaluated evaluated : evaluations) {
      for (Aggregate aggregate : Aggregate.of(evaluated.outcomes())) {
        rows.add(row(trial, compressed, evaluated, aggregate));
      }
    }
    return new TrialResult(
        rows,
        compressed.model().map(CompressedModel::layers).orElse(List.of()),
        evaluations.stream().flatMap(each -> each.outcomes().stream()).toList(),
        compressed.drawn().map(Materials.Drawn::set));
  }

  private Compressed compressed(Trial trial, Optional<Materials.Drawn> drawn) {
    Checkpoint base = materials.model(trial.model());
    if (trial.method() instanceof Method.Uncompressed) {
      return new Compressed(base, Optional.empty(), Optional.empty(), 0);
    }
    BlockByBlock blocks = new BlockByBlock();
    long start = System.nanoTime();
    CompressedModel model =
        drawn.isPresent()
            ? blocks.compress(base, drawn.get().set(), trial.method(), device, progress)
            : blocks.compress(base, trial.method(), device, progress);
    return new Compressed(model.checkpoint(), Optional.of(model), drawn, seconds(start));
  }

  private ResultRow row(
      Trial trial, Compressed compressed, Evaluated evaluated, Aggregate aggregate) {
    Optional<CompressedModel> model = compressed.model();
    Optional<Trial.Calibration> calibration = Optional.ofNullable(trial.calibration());
    Optional<Materials.Drawn> drawn = compressed.drawn();
    Optional<TaskPlan.InWindows> text =
        evaluated.task().plan() instanceof TaskPlan.InWindows plan
            ? Optional.of(plan)
            : Optional.empty();
    return new ResultRow(
        study,
        trial.id(),
        trial.model(),
        trial.modelRevision(),
        trial.method().label(),
        model.isPresent() ? trial.method().recipe().parts() : "none",
        model.map(CompressedModel::bitsPerWeight).orElse(null),
        model.map(CompressedModel::sparsity).orElse(null),
        model.isPresent() ? trial.method().schedule().label() : null,
        drawn.map(each -> each.set().selector()).orElse(null),
        calibration.map(Trial.Calibration::corpus).orElse(null),
        calibration.map(Trial.Calibration::corpusRevision).orElse(null),
        calibration.map(each -> each.budget().samples()).orElse(null),
        calibration.map(each -> each.budget().tokensPerSample()).orElse(null),
        calibration.map(Trial.Calibration::seed).orElse(null),
        drawn.map(each -> each.set().fingerprint()).orElse(null),
        aggregate.task(),
        evaluated.task().version(),
        aggregate.metric().split(",", 2)[0],
        aggregate.metric().contains(",") ? aggregate.metric().split(",", 2)[1] : null,
        text.isPresent() ? null : materials.task(evaluated.task().plan()).shots(),
        aggregate.value(),
        aggregate.standardError(),
        aggregate.items(),
        text.map(plan -> (long) aggregate.items() * (plan.window() - 1)).orElse(null),
        text.map(TaskPlan.InWindows::window).orElse(null),
        drawn.map(Materials.Drawn::seconds).orElse(null),
        model.map(unused -> compressed.seconds()).orElse(null),
        evaluated.seconds(),
        PeakMemory.mib(),
        Stream.of(
                drawn.stream().flatMap(each -> each.notes().stream()),
                evaluated.notes().stream(),
                notes(model.map(CompressedModel::layers).orElse(List.of()), evaluated.truncated()))
            .flatMap(each -> each)
            .collect(Collectors.joining("; ")),
        version(),
        Engine.getInstance().getEngineName() + " " + Engine.getInstance().getVersion(),
        device.getDeviceType() + (device.isGpu() ? " " + device.getDeviceId() : ""),
        precision.label(),
        Instant.now(clock).truncatedTo(ChronoUnit.SECONDS).toString());
  }

  /** Each different note of the linears and how many have it, and how many requests were cut. */
  private static Stream<String> notes(List<LayerReport> layers, int truncated) {
    Stream<String> cut =
        truncated == 0
            ? Stream.empty()
            : Stream.of(truncated + " requests: cut on the left to the model's context");
    return Stream.concat(
        layers.stream()
            .map(LayerReport::note)
            .filter(note -> !note.isEmpty())
            .collect(Collectors.groupingBy(note -> note, TreeMap::new, Collectors.counting()))
            .entrySet()
            .stream()
            .map(each -> each.getValue() + " linears: " + each.getKey()),
        cut);
  }

  private static String version() {
    String version = TrialRun.class.getPackage().getImplementationVersion();
    return version == null ? "development" : version;
  }

  private static double seconds(long startNanos) {
    return (System.nanoTime() - startNanos) / 1e9;
  }
}
