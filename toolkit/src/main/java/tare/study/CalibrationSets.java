package tare.study;

import ai.djl.Device;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import tare.chat.PoolName;
import tare.data.CalibrationSet;
import tare.data.CleanCorpus;
import tare.data.Corpus;
import tare.data.CorpusSide;
import tare.data.Document;
import tare.data.Progress;
import tare.evaluate.TestItem;
import tare.model.Checkpoint;
import tare.model.DecoderModel;
import tare.model.Precision;
import tare.select.ActivationCache;
import tare.select.CacheTally;
import tare.select.Mixture;
import tare.select.ModelOnDemand;
import tare.select.NestedDraw;
import tare.select.Selection;
import tare.select.Selector;
import tare.select.Surroundings;
import tare.select.UniformDraw;

/** Chooses the calibration sets of trials, each once. */
final class CalibrationSets {

  private final Materials materials;
  private final Path activations;
  private final Device device;
  private final Progress progress;
  private final Map<CleanKey, Clean> clean = new HashMap<>();
  private final Map<List<TaskPlan>, Separation> separations = new HashMap<>();
  private final Map<SetKey, Materials.Drawn> sets = new HashMap<>();

  private record CleanKey(String corpus, String model, List<TaskPlan> scored, boolean byRuns) {}

  /**
   * A pool without the documents that overlap with test items.
   *
   * @param leftOut number of documents that were removed
   */
  private record Clean(Corpus pool, long leftOut) {

    static Clean of(Corpus pool, Function<Corpus, CleanCorpus> clean) {
      if (!(pool instanceof Mixture mixture)) {
        CleanCorpus whole = clean.apply(pool);
        return new Clean(whole, whole.leftOut());
      }
      List<CleanCorpus> parts =
          mixture.parts().stream().map(part -> clean.apply(part.corpus())).toList();
      return new Clean(
          new Mixture(
              IntStream.range(0, parts.size())
                  .mapToObj(i -> new Mixture.Part(parts.get(i), mixture.parts().get(i).share()))
                  .toList()),
          parts.stream().mapToLong(CleanCorpus::leftOut).sum());
    }
  }

  private record SetKey(
      String model, Trial.Calibration calibration, List<Trial.PlannedTask> tasks) {}

  /**
   * No set is chosen yet.
   *
   * @param activations folder of kept activation statistics
   * @param device device on which a selector runs the model
   * @param progress receives the progress of a selector that runs the model
   */
  CalibrationSets(Materials materials, Path activations, Device device, Progress progress) {
    this.materials = materials;
    this.activations = activations;
    this.device = device;
    this.progress = progress;
  }

  /** Chooses the sets of all trials. A model that selectors run is loaded once for all of them. */
  void choose(List<Trial> trials) {
    Map<String, List<Trial>> byModel =
        trials.stream()
            .filter(trial -> trial.calibration() != null)
            .collect(Collectors.groupingBy(Trial::model, LinkedHashMap::new, Collectors.toList()));
    byModel.forEach(
        (name, calibrated) -> {
          try (ModelOnDemand loaded = onDemand(name)) {
            calibrated.forEach(trial -> of(trial, loaded));
          }
        });
  }

  /**
   * The trials whose sets are chosen before the first trial runs: all sets that depend on text
   * alone, and those of the first pool that a selector chooses with the model. The latter can take
   * hours per pool.
   */
  static List<Trial> first(List<Trial> trials) {
    OptionalInt pool =
        trials.stream()
            .filter(CalibrationSets::byModel)
            .mapToInt(trial -> trial.calibration().set())
            .min();
    return trials.stream()
        .filter(trial -> !byModel(trial) || trial.calibration().set() == pool.getAsInt())
        .toList();
  }

  private static boolean byModel(Trial trial) {
    return trial.calibration() != null
        && trial.calibration().selector() != null
        && trial.calibration().selector().asksForModel();
  }

  /** The calibration set of a trial. */
  Materials.Drawn of(Trial trial) {
    try (ModelOnDemand loaded = onDemand(trial.model())) {
      return of(trial, loaded);
    }
  }

  private ModelOnDemand onDemand(String model) {
    return new ModelOnDemand(
        () -> DecoderModel.load(materials.model(model), device, Precision.F32));
  }

  private Materials.Drawn of(Trial trial, ModelOnDemand loaded) {
    return sets.computeIfAbsent(
        new SetKey(trial.model(), trial.calibration(), trial.tasks()),
        unseen -> chosen(trial, loaded));
  }

  private Materials.Drawn chosen(Trial trial, ModelOnDemand loaded) {
    Trial.Calibration calibration = trial.calibration();
    List<TaskPlan> scored = trial.tasks().stream().map(Trial.PlannedTask::plan).toList();
    Separation separation = separations.computeIfAbsent(scored, this::separation);
    boolean byRuns = calibration.selector() != null;
    Clean corpus =
        clean.computeIfAbsent(
            new CleanKey(calibration.corpus(), trial.model(), scored, byRuns),
            key ->
                Clean.of(
                    materials.corpus(key.corpus(), materials.model(key.model())),
                    part -> separation.clean(part, byRuns)));
    List<String> notes = new ArrayList<>(materials.leftOut(calibration.corpus()));
    if (corpus.leftOut() > 0) {
      notes.add(
          corpus.leftOut() + " documents of the corpus left out: they overlap with test items");
    }
    CacheTally tally = new CacheTally();
    boolean measured = PeakMemory.restart();
    long start = System.nanoTime();
    Selection selection =
        Selection.by(
            selector(calibration),
            corpus.pool(),
            calibration.budget(),
            given(trial, separation, loaded, tally));
    double seconds = (System.nanoTime() - start) / 1e9;
    boolean oneVote = PoolName.parse(calibration.corpus()).isOneVoteEach();
    CalibrationSet set = oneVote ? selection.set().oneVoteEach() : selection.set();
    separation.require(set, corpus.pool(), byRuns);
    notes.addAll(selection.notes());
    tally.note().ifPresent(notes::add);
    if (measured && calibration.selector() != null) {
      notes.add(String.format(Locale.ROOT, "choosing: peak memory %d MiB", PeakMemory.mib()));
    }
    return new Materials.Drawn(set, seconds, notes);
  }

  private static Selector selector(Trial.Calibration calibration) {
    if (calibration.selector() != null) {
      return calibration.selector();
    }
    return calibration.tokensApart() == null
        ? new UniformDraw()
        : new NestedDraw(calibration.tokensApart());
  }

  /**
   * Surroundings in which a reference task has the items of its training side that no test shares.
   */
  private Surroundings given(
      Trial trial, Separation separation, ModelOnDemand loaded, CacheTally tally) {
    Checkpoint model = materials.model(trial.model());
    return new Surroundings(
            model.tokenizer(),
            loaded,
            new SplittableRandom(trial.calibration().seed()),
            ActivationCache.in(activations, model, progress).with(tally))
        .set(trial.calibration().set())
        .references(
            task ->
                separation.clean(
                    task.items().isEmpty()
                        ? ReferenceTasks.of(task.task(), materials.references(task.task()))
                        : task));
  }

  /** The solved items on which a task is scored as a text: calibration sees none of them. */
  private static Optional<TaskPlan.Solved> solved(TaskPlan plan) {
    TaskPlan text = plan instanceof TaskPlan.Divergence divergence ? divergence.perplexity() : plan;
    return text instanceof TaskPlan.Solved solved ? Optional.of(solved) : Optional.empty();
  }

  private Separation separation(List<TaskPlan> plans) {
    List<Document> heldBack = new ArrayList<>();
    for (TaskPlan plan : plans) {
      if (plan instanceof TaskPlan.InWindows text && text.heldBack().isPresent()) {
        heldBack.addAll(materials.corpus(text.heldBack().get(), CorpusSide.HELD_BACK).content());
      }
    }
    List<List<TestItem>> solved =
        plans.stream().flatMap(plan -> solved(plan).stream()).map(materials::items).toList();
    return new Separation(plans.stream().map(materials::task).toList(), solved, heldBack);
  }
}
