package tare.study;

import ai.djl.Device;
import ai.djl.engine.Engine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tare.data.Budget;
import tare.data.CalibrationSet;
import tare.data.Corpus;
import tare.data.CorpusFile;
import tare.data.CorpusSide;
import tare.data.Document;
import tare.data.JoinedCorpus;
import tare.data.Progress;
import tare.data.Sha256;
import tare.data.fetch.ModelNames;
import tare.evaluate.Divergence;
import tare.evaluate.Original;
import tare.evaluate.Perplexity;
import tare.evaluate.SolvedItem;
import tare.evaluate.Task;
import tare.evaluate.benchmark.Tasks;
import tare.evaluate.benchmark.WindowText;
import tare.model.Checkpoint;
import tare.model.Precision;
import tare.select.ReferenceItem;
import tare.select.TaskReference;

/**
 * The models, corpora and tasks that a study works with, each read once from the data folder.
 * {@link #check} finds all errors in them before the first trial.
 */
public final class Materials implements Revisions {

  /** Characters of held-out text to read per required token. Ordinary text has three to five. */
  private static final int CHARACTERS_PER_TOKEN = 8;

  private final Path data;
  private final CalibrationSets sets;
  private final Tasks sources;
  private final Map<String, Checkpoint> models = new HashMap<>();
  private final Map<String, Corpus> corpora = new HashMap<>();
  private final Map<TaskPlan, Task> tasks = new HashMap<>();

  /** Materials in a data folder, with the tensor library's preferred device. */
  public Materials(Path data) {
    this(data, Engine.getInstance().defaultDevice());
  }

  /**
   * Materials in a data folder.
   *
   * @param data holds models.csv and the fetched files
   * @param device device on which a selector runs the model
   */
  public Materials(Path data, Device device) {
    this(data, device, Progress.NONE);
  }

  /**
   * Materials in a data folder.
   *
   * @param progress receives the progress of a selector that runs the model
   */
  public Materials(Path data, Device device, Progress progress) {
    this.data = data;
    sets = new CalibrationSets(this, data.resolve("runs/activations"), device, progress);
    sources = new Tasks(data.resolve("fetched"));
  }

  /**
   * A chosen calibration set.
   *
   * @param set the set
   * @param seconds duration of the selection
   * @param notes the selector's remarks on the set
   */
  public record Drawn(CalibrationSet set, double seconds, List<String> notes) {

    /** Copies the list. */
    public Drawn {
      notes = List.copyOf(notes);
    }
  }

  /**
   * Opens everything that a study needs, and chooses its calibration sets.
   *
   * @return all trials
   * @throws IllegalArgumentException if a model, corpus or task is missing or unfit, a window is
   *     longer than a model's context, or a corpus is too small for its disjoint sets
   */
  public List<Trial> check(Study study) {
    List<Trial> trials = trials(study);
    sets.choose(trials);
    return trials;
  }

  /**
   * Opens everything that a study needs, as {@link #check} does, without choosing calibration sets.
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
      study.tasks().forEach(task -> task(task).requireFits(checkpoint));
    }
    return trials;
  }

  /**
   * Chooses calibration sets before the first trial runs, so that errors are found early. A model
   * that selectors run is loaded once for all of them. Sets that a selector chooses with the model
   * are only chosen for the first pool, because one pool can take hours; the others are chosen when
   * their trials run.
   *
   * @throws IllegalArgumentException if a set would hold a test item, or a corpus is too small
   */
  public void chooseFirst(List<Trial> trials) {
    sets.choose(CalibrationSets.first(trials));
  }

  /** The data folder. */
  public Path data() {
    return data;
  }

  /** The uncompressed model with this name or path. */
  public Checkpoint model(String name) {
    return models.computeIfAbsent(
        name, unseen -> Checkpoint.open(read(() -> ModelNames.path(name, data))));
  }

  /**
   * An uncompressed model, to compare compressed ones with. Its hidden states are kept in the data
   * folder.
   *
   * @param precision precision of the evaluation
   */
  public Original original(String model, Device device, Precision precision) {
    return new Original(model(model), device, precision, data.resolve("runs/last-hidden"));
  }

  /** Number of all weights of a model. */
  public long parameters(String model) {
    return model(model).config().parameters();
  }

  /** The task of a study's plan. */
  public Task task(TaskPlan plan) {
    return tasks.computeIfAbsent(plan, this::open);
  }

  /** Every item that a study scores, task by task. */
  public List<ScoredItem> scoredItems(Study study) {
    return study.tasks().stream()
        .map(this::task)
        .flatMap(
            task ->
                task.items().stream().map(item -> ScoredItem.of(task.name(), task.version(), item)))
        .toList();
  }

  /**
   * The calibration set of a trial, from the training side of its corpus.
   *
   * @throws IllegalArgumentException if the set would hold a test item, or the corpus is too small
   */
  public Drawn calibrationSet(Trial trial) {
    return sets.of(trial);
  }

  /** The training side of a task, for selectors that are guided by tasks. */
  public TaskReference reference(String task) {
    return new TaskReference(
        task,
        references(task).stream()
            .map(item -> new ReferenceItem(item.id(), item.prompt(), item.answer()))
            .toList());
  }

  /** The solved items of a task's training side. */
  List<SolvedItem> references(String task) {
    return sources.named(task).solved();
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
            .flatMap(task -> references(task).stream())
            .map(SolvedItem::text)
            .collect(Collectors.joining("\n")));
  }

  /** The training side of a corpus, or of several joined by {@code +}. */
  public Corpus corpus(String name) {
    return corpora.computeIfAbsent(
        name,
        unseen ->
            new JoinedCorpus(
                Stream.of(name.split("\\+", -1))
                    .<Corpus>map(part -> corpus(part, CorpusSide.TRAIN))
                    .toList()));
  }

  /** One side of a corpus. */
  CorpusFile corpus(String name, CorpusSide side) {
    return read(() -> CorpusFile.read(fetched().resolve("corpora").resolve(name + ".jsonl"), side));
  }

  private Task open(TaskPlan plan) {
    if (plan instanceof TaskPlan.Choice choice) {
      return sources.named(choice.task()).first(choice.limit());
    }
    if (plan instanceof TaskPlan.Own own) {
      return own.task();
    }
    if (plan instanceof TaskPlan.Divergence divergence) {
      return new Divergence(perplexity(divergence.perplexity()));
    }
    return perplexity((TaskPlan.InWindows) plan);
  }

  private Perplexity perplexity(TaskPlan.InWindows plan) {
    if (plan instanceof TaskPlan.Published published) {
      return WindowText.named(published.text())
          .task(fetched().resolve("tasks"), published.window(), published.windows());
    }
    return heldBack((TaskPlan.HeldBack) plan);
  }

  private Perplexity heldBack(TaskPlan.HeldBack text) {
    CorpusFile corpus = corpus(text.corpus(), CorpusSide.HELD_BACK);
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
