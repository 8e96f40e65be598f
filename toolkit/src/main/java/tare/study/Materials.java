package tare.study;

import ai.djl.Device;
import ai.djl.engine.Engine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tare.data.Budget;
import tare.data.CalibrationSet;
import tare.data.CleanCorpus;
import tare.data.Corpus;
import tare.data.CorpusFile;
import tare.data.Document;
import tare.data.JoinedCorpus;
import tare.data.ModelNames;
import tare.data.Progress;
import tare.data.Sha256;
import tare.data.Side;
import tare.evaluate.Perplexity;
import tare.evaluate.Task;
import tare.evaluate.Tasks;
import tare.evaluate.WindowText;
import tare.evaluate.Writing;
import tare.model.Checkpoint;
import tare.model.DecoderModel;
import tare.model.MemoryNeed;
import tare.model.Precision;
import tare.select.ActivationCache;
import tare.select.CacheTally;
import tare.select.ModelOnDemand;
import tare.select.NestedDraw;
import tare.select.Selection;
import tare.select.Selector;
import tare.select.Surroundings;
import tare.select.TaskReference;
import tare.select.UniformDraw;

/**
 * The models, corpora and tasks that a study works with, each read once from the data folder. All
 * that is wrong with them is found by {@link #check} before the first trial.
 */
public final class Materials implements Revisions {

  /** Characters of held-back text per token asked for; ordinary text has three to five. */
  private static final int CHARACTERS_PER_TOKEN = 8;

  private final Path data;
  private final Device device;
  private final Progress progress;
  private final Tasks sources;
  private final Map<String, Checkpoint> models = new HashMap<>();
  private final Map<String, Corpus> corpora = new HashMap<>();
  private final Map<CleanKey, CleanCorpus> clean = new HashMap<>();
  private final Map<List<TaskPlan>, Separation> separations = new HashMap<>();
  private final Map<TaskPlan, Task> tasks = new HashMap<>();
  private final Map<DrawKey, Drawn> drawn = new HashMap<>();

  /** Materials in a data folder, with the device that the tensor library prefers. */
  public Materials(Path data) {
    this(data, Engine.getInstance().defaultDevice());
  }

  /**
   * Materials in a data folder.
   *
   * @param data holds models.csv and the fetched files
   * @param device where a selector that needs the model runs it
   */
  public Materials(Path data, Device device) {
    this(data, device, Progress.NONE);
  }

  /**
   * Materials in a data folder.
   *
   * @param progress told how far a selector has come that runs the model
   */
  public Materials(Path data, Device device, Progress progress) {
    this.data = data;
    this.device = device;
    this.progress = progress;
    sources = new Tasks(data.resolve("fetched"));
  }

  /**
   * A chosen calibration set.
   *
   * @param set the set
   * @param seconds how long it took to choose
   * @param notes what the selector says of it
   */
  public record Drawn(CalibrationSet set, double seconds, List<String> notes) {

    /** Copies the list. */
    public Drawn {
      notes = List.copyOf(notes);
    }
  }

  private record CleanKey(String corpus, List<TaskPlan> scored, boolean byRuns) {}

  private record DrawKey(
      String model, Trial.Calibration calibration, List<Trial.PlannedTask> tasks) {}

  /**
   * Opens everything that a study needs, and chooses its calibration sets.
   *
   * @return all trials
   * @throws IllegalArgumentException if a model, corpus or task is missing or unfit, a window is
   *     longer than a model's context, or a corpus is too small for its disjoint sets
   */
  public List<Trial> check(Study study) {
    List<Trial> trials = trials(study);
    choose(trials);
    return trials;
  }

  /**
   * As {@link #check}, but the calibration sets are not chosen yet.
   *
   * @throws IllegalArgumentException if a model, corpus or task is missing or unfit, or a window is
   *     longer than a model's context
   */
  public List<Trial> trials(Study study) {
    List<Trial> trials = study.trials(this);
    for (String model : study.models()) {
      Checkpoint checkpoint = model(model);
      study.budgets().stream()
          .mapToInt(Budget::tokensPerSample)
          .forEach(checkpoint.config()::requireFits);
      for (TaskPlan task : study.tasks()) {
        if (task instanceof TaskPlan.InWindows text) {
          checkWindow(checkpoint, text);
        } else if (task(task) instanceof Writing writing) {
          checkRoom(checkpoint, writing);
        }
      }
    }
    return trials;
  }

  /**
   * Chooses the calibration sets of trials; a model that selectors run is loaded once for all.
   *
   * @throws IllegalArgumentException if a set would hold a test item, or a corpus is too small
   */
  public void choose(List<Trial> trials) {
    Map<String, List<Trial>> byModel =
        trials.stream()
            .filter(trial -> trial.calibration() != null)
            .collect(Collectors.groupingBy(Trial::model, LinkedHashMap::new, Collectors.toList()));
    byModel.forEach(
        (name, calibrated) -> {
          try (ModelOnDemand loaded = onDemand(model(name))) {
            calibrated.forEach(trial -> calibrationSet(trial, loaded));
          }
        });
  }

  private ModelOnDemand onDemand(Checkpoint checkpoint) {
    return new ModelOnDemand(() -> DecoderModel.load(checkpoint, device, Precision.F32));
  }

  private void checkWindow(Checkpoint checkpoint, TaskPlan.InWindows plan) {
    checkpoint.config().requireFits(plan.window());
    Perplexity task = (Perplexity) task(plan);
    int tokens = checkpoint.tokenizer().encode(task.text()).length;
    if (tokens < plan.window()) {
      throw new IllegalArgumentException(
          "The text of %s has %d tokens, less than one window of %d."
              .formatted(task.name(), tokens, plan.window()));
    }
  }

  private static void checkRoom(Checkpoint checkpoint, Writing task) {
    int most = task.items().stream().mapToInt(item -> item.request().maxTokens()).max().orElse(0);
    if (most >= checkpoint.config().context()) {
      throw new IllegalArgumentException(
          "%s lets a model write %d tokens, which leaves no room for a prompt in the context of %s, %d tokens. Take another model or leave the task out."
              .formatted(task.name(), most, checkpoint.path(), checkpoint.config().context()));
    }
  }

  /** The uncompressed model of a name or path. */
  public Checkpoint model(String name) {
    return models.computeIfAbsent(
        name, unseen -> Checkpoint.open(read(() -> ModelNames.path(name, data))));
  }

  /** The number of all weights of a model. */
  public long parameters(String model) {
    return new MemoryNeed(model(model).config()).parameters();
  }

  /** The task that a study names. */
  public Task task(TaskPlan plan) {
    return tasks.computeIfAbsent(plan, this::open);
  }

  /**
   * The calibration set of a trial, from the train side of its corpus.
   *
   * @throws IllegalArgumentException if it would hold a test item, or the corpus is too small
   */
  public Drawn calibrationSet(Trial trial) {
    try (ModelOnDemand loaded = onDemand(model(trial.model()))) {
      return calibrationSet(trial, loaded);
    }
  }

  private Drawn calibrationSet(Trial trial, ModelOnDemand loaded) {
    return drawn.computeIfAbsent(
        new DrawKey(trial.model(), trial.calibration(), trial.tasks()),
        unseen -> draw(model(trial.model()), trial.calibration(), plans(trial), loaded));
  }

  private static List<TaskPlan> plans(Trial trial) {
    return trial.tasks().stream().map(Trial.PlannedTask::plan).toList();
  }

  private Drawn draw(
      Checkpoint model,
      Trial.Calibration calibration,
      List<TaskPlan> scored,
      ModelOnDemand loaded) {
    Separation separation = separations.computeIfAbsent(scored, this::separation);
    boolean byRuns = calibration.selector() != null;
    CleanCorpus corpus =
        clean.computeIfAbsent(
            new CleanKey(calibration.corpus(), scored, byRuns),
            key -> separation.clean(corpus(key.corpus()), byRuns));
    Selector selector =
        calibration.tokensApart() == null
            ? new UniformDraw(calibration.set())
            : new NestedDraw(calibration.set(), calibration.tokensApart());
    List<String> notes = new ArrayList<>();
    if (corpus.leftOut() > 0) {
      notes.add(
          corpus.leftOut() + " documents of the corpus left out: they overlap with test items");
    }
    if (calibration.selector() != null) {
      selector =
          calibration.selector().selector(calibration.set(), references(calibration, separation));
    }
    CacheTally tally = new CacheTally();
    boolean measured = PeakMemory.restart();
    long start = System.nanoTime();
    Surroundings given =
        new Surroundings(
            model.tokenizer(),
            loaded,
            new SplittableRandom(calibration.seed()),
            ActivationCache.in(data.resolve("runs/activations"), model.revision(), progress)
                .with(tally));
    Selection selection = Selection.by(selector, corpus, calibration.budget(), given);
    double seconds = (System.nanoTime() - start) / 1e9;
    separation.require(selection.set(), corpus, byRuns);
    notes.addAll(selection.notes());
    tally.note().ifPresent(notes::add);
    if (measured && calibration.selector() != null) {
      notes.add("choosing: peak memory %d MiB".formatted(PeakMemory.mib()));
    }
    return new Drawn(selection.set(), seconds, notes);
  }

  private List<TaskReference> references(Trial.Calibration calibration, Separation separation) {
    if (!calibration.selector().aligned()) {
      return List.of();
    }
    return calibration.selector().references().stream()
        .map(task -> separation.clean(task, sources.named(task).solved()))
        .toList();
  }

  private Separation separation(List<TaskPlan> plans) {
    List<Document> heldBack = new ArrayList<>();
    for (TaskPlan plan : plans) {
      if (plan instanceof TaskPlan.HeldBack text) {
        heldBack.addAll(corpus(text.corpus(), Side.HELD_BACK).content());
      }
    }
    return new Separation(plans.stream().map(this::task).toList(), heldBack);
  }

  @Override
  public String ofModel(String model) {
    return model(model).revision();
  }

  @Override
  public String ofCorpus(String corpus) {
    return corpus(corpus).revision();
  }

  @Override
  public String ofTask(TaskPlan task) {
    return task(task).version();
  }

  @Override
  public String ofReferences(List<String> references) {
    return Sha256.hex(
        references.stream()
            .flatMap(task -> sources.named(task).references().stream())
            .map(Document::text)
            .collect(Collectors.joining("\n")));
  }

  /** The train side of a corpus, or of several joined by {@code +}. */
  private Corpus corpus(String name) {
    return corpora.computeIfAbsent(
        name,
        unseen ->
            new JoinedCorpus(
                Stream.of(name.split("\\+", -1))
                    .<Corpus>map(part -> corpus(part, Side.TRAIN))
                    .toList()));
  }

  private CorpusFile corpus(String name, Side side) {
    return read(() -> CorpusFile.read(fetched().resolve("corpora").resolve(name + ".jsonl"), side));
  }

  private Task open(TaskPlan plan) {
    if (plan instanceof TaskPlan.Choice choice) {
      return sources.named(choice.task()).first(choice.limit());
    }
    if (plan instanceof TaskPlan.Published published) {
      return WindowText.named(published.text())
          .task(fetched().resolve("tasks"), published.window(), published.windows());
    }
    return heldBack((TaskPlan.HeldBack) plan);
  }

  private Task heldBack(TaskPlan.HeldBack text) {
    CorpusFile corpus = corpus(text.corpus(), Side.HELD_BACK);
    long enough = (long) CHARACTERS_PER_TOKEN * text.window() * text.windows();
    StringBuilder joined = new StringBuilder();
    for (Iterator<Document> documents = corpus.documents().iterator();
        documents.hasNext() && joined.length() < enough; ) {
      joined.append(documents.next().text()).append("\n\n");
    }
    String revision = corpus.revision().substring(0, 12) + ", held-back side";
    return new Perplexity(
        corpus.name(), revision, joined.toString(), text.window(), text.windows());
  }

  private Path fetched() {
    return data.resolve("fetched");
  }

  private interface Reading<T> {
    T read() throws IOException;
  }

  private static <T> T read(Reading<T> reading) {
    try {
      return reading.read();
    } catch (IOException e) {
      throw new UncheckedIOException(e.getMessage(), e);
    }
  }
}
