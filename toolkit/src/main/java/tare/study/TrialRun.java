package tare.study;

import ai.djl.Device;
import ai.djl.engine.Engine;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tare.calibrate.BlockByBlock;
import tare.calibrate.CompressedModel;
import tare.compress.Method;
import tare.data.Progress;
import tare.evaluate.Aggregate;
import tare.evaluate.Original;
import tare.evaluate.Outcome;
import tare.evaluate.RememberedScores;
import tare.evaluate.Scorer;
import tare.model.Checkpoint;
import tare.model.DecoderModel;
import tare.model.Precision;
import tare.study.TrialResult.ResultRow;

/**
 * Runs a trial: chooses the calibration set, compresses block by block, and runs the tasks.
 *
 * @param study name of the study
 * @param materials models, corpora and tasks
 * @param device device of the tensors
 * @param precision precision of the evaluation, the same for all trials; AUTO only for a runner
 *     that resolves it, see {@link #elsewhere}
 * @param unfinished folder with the answers of models whose evaluation is not finished, from which
 *     an interrupted trial continues
 * @param clock gives the time at which a trial is done
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
   * The work of a study on this machine. A precision AUTO is resolved, and fixed for all machines
   * that go on with these results.
   *
   * @param device device of the tensors, for which the study's precision is chosen
   * @param results the folder of its results, which also keeps unfinished evaluations
   * @param progress told of each step
   */
  public static TrialRun of(
      Study study, Materials materials, Device device, ResultFolder results, Progress progress) {
    Precision precision = results.precision().orElse(Precision.AUTO).resolvedOn(device);
    results.fix(precision);
    return new TrialRun(
        study.name(),
        materials,
        device,
        precision,
        results.unfinished(),
        Clock.systemUTC(),
        progress);
  }

  /**
   * The work of a study for a {@link ClusterEngine}, whose workers have their own materials and
   * devices. One of the workers resolves the precision AUTO.
   *
   * @param materials materials of this machine, which name the data folder
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

  /** The compressed model, its calibration set, and the seconds that both took. */
  private record Compressed(
      Checkpoint checkpoint,
      Optional<CompressedModel> model,
      Optional<Materials.Drawn> drawn,
      double seconds) {}

  /**
   * A task's outcomes, the number of requests that were cut on the left, and the seconds that the
   * task took.
   */
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
    String fingerprint =
        String.join(" ", trial.id(), precision.label(), device.getDeviceType(), version());
    try (Original original = original(trial);
        DecoderModel model = DecoderModel.load(compressed.checkpoint(), device, precision);
        RememberedScores scores =
            RememberedScores.open(new Scorer(model).against(original), fingerprint, unfinished)) {
      for (Trial.PlannedTask task : trial.tasks()) {
        progress.at("evaluating", evaluations.size(), trial.tasks().size());
        long start = System.nanoTime();
        int before = scores.truncated();
        List<Outcome> outcomes = materials.task(task.plan()).run(scores);
        int truncated = scores.truncated() - before;
        List<String> notes = materials.notes(task.plan());
        evaluations.add(new Evaluated(task, outcomes, truncated, notes, seconds(start)));
      }
    }
    RememberedScores.forget(fingerprint, unfinished);
    List<ResultRow> rows = new ArrayList<>();
    for (Evaluated evaluated : evaluations) {
      for (Aggregate aggregate : Aggregate.of(evaluated.outcomes())) {
        rows.add(row(evaluated, aggregate));
      }
    }
    return new TrialResult(
        TrialRow.of(study, trial, measured(trial, compressed, evaluations)),
        rows,
        compressed.model().map(CompressedModel::layers).orElse(List.of()),
        evaluations.stream().flatMap(each -> each.outcomes().stream()).toList(),
        compressed.drawn().map(Materials.Drawn::set));
  }

  /** The uncompressed model, which has done its part of the tasks before another is loaded. */
  private Original original(Trial trial) {
    Original original = materials.original(trial.model(), device, precision);
    for (Trial.PlannedTask task : trial.tasks()) {
      materials.task(task.plan()).keep(original);
    }
    return original;
  }

  private Compressed compressed(Trial trial, Optional<Materials.Drawn> drawn) {
    Checkpoint base = materials.model(trial.model());
    if (trial.method() instanceof Method.Uncompressed) {
      return new Compressed(base, Optional.empty(), Optional.empty(), 0);
    }
    BlockByBlock blocks = new BlockByBlock(trial.calibrationPrecision());
    long start = System.nanoTime();
    CompressedModel model =
        drawn.isPresent()
            ? blocks.compress(base, drawn.get().set(), trial.method(), device, progress)
            : blocks.compress(base, trial.method(), device, progress);
    return new Compressed(model.checkpoint(), Optional.of(model), drawn, seconds(start));
  }

  private static String schedule(Trial trial) {
    Precision samples = trial.calibrationPrecision();
    return trial.method().schedule().label()
        + (samples == Precision.F32 ? "" : ", samples in " + samples.label());
  }

  private TrialRow.Measured measured(
      Trial trial, Compressed compressed, List<Evaluated> evaluations) {
    Optional<CompressedModel> model = compressed.model();
    Optional<Materials.Drawn> drawn = compressed.drawn();
    boolean changed = model.isPresent();
    Stream<String> notes =
        Stream.of(
                drawn.stream().flatMap(each -> each.notes().stream()),
                evaluations.stream().flatMap(each -> each.notes().stream()),
                model.stream().flatMap(each -> each.notes().stream()),
                evaluations.stream()
                    .filter(each -> each.truncated() > 0)
                    .map(
                        each ->
                            String.format(
                                Locale.ROOT,
                                "%d requests of %s: cut on the left to the model's context",
                                each.truncated(),
                                materials.task(each.task().plan()).name())))
            .flatMap(each -> each)
            .distinct();
    return new TrialRow.Measured(
        changed ? trial.method().recipe().parts() : "none",
        changed ? schedule(trial) : null,
        model.map(CompressedModel::bitsPerWeight).orElse(null),
        model.map(CompressedModel::sparsity).orElse(null),
        drawn.map(each -> each.set().selector()).orElse(null),
        drawn.map(each -> each.set().fingerprint()).orElse(null),
        drawn.map(Materials.Drawn::seconds).orElse(null),
        model.map(unused -> compressed.seconds()).orElse(null),
        PeakMemory.mib(),
        notes.collect(Collectors.joining("; ")),
        new TrialRow.Where(
            version(),
            Engine.getInstance().getEngineName() + " " + Engine.getInstance().getVersion(),
            device.getDeviceType() + (device.isGpu() ? " " + device.getDeviceId() : ""),
            precision.label(),
            Instant.now(clock).truncatedTo(ChronoUnit.SECONDS).toString()));
  }

  private ResultRow row(Evaluated evaluated, Aggregate aggregate) {
    Optional<TaskPlan.InWindows> text =
        evaluated.task().plan() instanceof TaskPlan.InWindows plan
            ? Optional.of(plan)
            : Optional.empty();
    String[] metric = aggregate.metric().split(",", 2);
    return new ResultRow(
        aggregate.task(),
        metric[0],
        metric.length > 1 ? metric[1] : null,
        aggregate.value(),
        aggregate.standardError(),
        aggregate.items(),
        text.isPresent() ? null : materials.task(evaluated.task().plan()).shots(),
        text.map(TaskPlan.InWindows::window).orElse(null),
        text.map(plan -> (long) aggregate.items() * (plan.window() - 1)).orElse(null),
        evaluated.seconds(),
        evaluated.task().version());
  }

  private static String version() {
    String version = TrialRun.class.getPackage().getImplementationVersion();
    return version == null ? "development" : version;
  }

  private static double seconds(long startNanos) {
    return (System.nanoTime() - startNanos) / 1e9;
  }
}
