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
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import tare.chat.ChatText;
import tare.chat.Count;
import tare.chat.PoolName;
import tare.compress.Method;
import tare.data.Budget;
import tare.data.CalibrationSet;
import tare.data.ChatRecord;
import tare.data.ChatWriter;
import tare.data.Corpus;
import tare.data.CorpusFile;
import tare.data.CorpusSide;
import tare.data.Document;
import tare.data.JoinedCorpus;
import tare.data.Progress;
import tare.data.Sha256;
import tare.data.Windows;
import tare.data.fetch.ModelNames;
import tare.evaluate.ChatAnswers;
import tare.evaluate.Divergence;
import tare.evaluate.Original;
import tare.evaluate.Perplexity;
import tare.evaluate.SolvedItem;
import tare.evaluate.Task;
import tare.evaluate.TestItem;
import tare.evaluate.benchmark.Tasks;
import tare.evaluate.benchmark.WindowText;
import tare.model.Checkpoint;
import tare.model.Precision;
import tare.model.generation.ChatTemplate;
import tare.model.generation.ModelFiles;
import tare.select.Mixture;
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
  private final Map<String, String> revisions = new HashMap<>();
  private final Map<String, List<String>> leftOut = new HashMap<>();
  private final Map<TaskPlan, Task> tasks = new HashMap<>();
  private final Map<TaskPlan, List<String>> unscored = new HashMap<>();

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
   * @throws IllegalArgumentException if a model, corpus or task is missing or unfit, a window is
   *     longer than a model's context, or a model to compress is packed already
   */
  public List<Trial> trials(Study study) {
    List<Trial> trials = study.trials(this);
    for (String model : study.models()) {
      Checkpoint checkpoint = model(model);
      if (!study.recipes().stream().allMatch(Method.Uncompressed.class::isInstance)) {
        checkpoint.requireDense();
      }
      if (checkpoint.inputs().isPresent() && !study.precision().equals(Precision.F32.label())) {
        throw new IllegalArgumentException(
            "precision must be f32, not %s, because %s rounds the inputs of its linear layers"
                .formatted(study.precision(), checkpoint.path()));
      }
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

  /** What lies beside the weights of a study's models, for {@link ResultFolder#requireModels}. */
  public List<ModelFiles> models(Study study) {
    return study.models().stream().map(name -> ModelFiles.of(name, model(name))).toList();
  }

  /** The task of a study's plan. */
  public Task task(TaskPlan plan) {
    return tasks.computeIfAbsent(plan, this::open);
  }

  /** What the reader of a task's scores should know, and what was left out of its text. */
  public List<String> notes(TaskPlan plan) {
    Stream<String> own = task(plan).notes().stream();
    return Stream.concat(own, unscored.getOrDefault(plan, List.of()).stream()).toList();
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
    return revisions.computeIfAbsent(corpus, unseen -> pool(corpus, Optional.empty()).revision());
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

  /**
   * The training side of a pool, as a model reads it.
   *
   * @param name a {@link PoolName}
   * @throws IllegalArgumentException if the pool holds conversations and the model has no chat
   *     template to write them with
   */
  public Corpus corpus(String name, Checkpoint model) {
    return corpora.computeIfAbsent( // two models of the same weights may have other templates
        name + "\n" + model.path(), unseen -> pool(name, Optional.of(model)));
  }

  /** What was left out of a pool that was read, in sentences; empty if nothing was. */
  public List<String> leftOut(String pool) {
    return leftOut.getOrDefault(pool, List.of());
  }

  /** A pool. Without a model, the contents of conversations stand alone. */
  private Corpus pool(String name, Optional<Checkpoint> model) {
    PoolName pool = PoolName.parse(name);
    List<CorpusFile> parts = new ArrayList<>();
    for (PoolName.Part part : pool.parts()) {
      parts.add(corpus(part.corpus(), CorpusSide.TRAIN, writer(part, model)));
    }
    leftOut.put(name, parts.stream().flatMap(part -> part.leftOut().stream()).toList());
    return pool.isMixture()
        ? new Mixture(
            IntStream.range(0, parts.size())
                .mapToObj(
                    i -> new Mixture.Part(parts.get(i), pool.parts().get(i).share().orElseThrow()))
                .toList())
        : new JoinedCorpus(List.copyOf(parts));
  }

  private static ChatWriter writer(PoolName.Part part, Optional<Checkpoint> model) {
    if (model.isEmpty() || !part.template()) {
      return new ChatText(Optional.empty(), "", part.count());
    }
    Optional<ChatTemplate> template = ChatTemplate.of(model.get(), ChatTemplate.DAY);
    return template.isPresent()
        ? new ChatText(template, "", part.count())
        : (chat, id, source) -> {
          throw new IllegalArgumentException(
              "the model has no chat template. Name the pool %s?template=none, or take an instruction-tuned model"
                  .formatted(part.corpus()));
        };
  }

  /** One side of a corpus; the contents of conversations stand alone. */
  CorpusFile corpus(String name, CorpusSide side) {
    return corpus(name, side, new ChatText(Optional.empty(), "", Count.ALL));
  }

  private CorpusFile corpus(String name, CorpusSide side, ChatWriter writer) {
    return read(() -> CorpusFile.read(file(name), side, "text", writer));
  }

  private Path file(String corpus) {
    return fetched().resolve("corpora").resolve(corpus + ".jsonl");
  }

  private Task open(TaskPlan plan) {
    if (plan instanceof TaskPlan.Choice choice) {
      return sources.named(choice.task()).first(choice.limit());
    }
    if (plan instanceof TaskPlan.Own own) {
      return own.task();
    }
    if (plan instanceof TaskPlan.Answers answers) {
      return answers(answers);
    }
    if (plan instanceof TaskPlan.Divergence divergence) {
      return new Divergence(perplexity(plan, divergence.perplexity()));
    }
    return perplexity(plan, (TaskPlan.InWindows) plan);
  }

  private ChatAnswers answers(TaskPlan.Answers plan) {
    Map<String, ChatRecord> all = new LinkedHashMap<>();
    CorpusFile corpus =
        corpus(
            plan.corpus(),
            CorpusSide.HELD_BACK,
            (chat, id, source) -> {
              all.put(id, chat);
              return new ChatText(Optional.empty(), "", Count.ALL).write(chat, id, source);
            });
    unscored.put(plan, corpus.leftOut());
    Map<String, ChatRecord> scored = new LinkedHashMap<>();
    corpus
        .documents()
        .map(Document::id)
        .filter(id -> all.containsKey(id) && ChatAnswers.isScored(all.get(id)))
        .limit(plan.conversations())
        .forEach(id -> scored.put(id, all.get(id)));
    if (scored.isEmpty()) {
      throw new IllegalArgumentException(
          file(plan.corpus()) + ": no held-back conversation has an answer of an assistant.");
    }
    return new ChatAnswers(
        plan.name(), corpus.revision().substring(0, 12) + ", held-back side", scored);
  }

  private Perplexity perplexity(TaskPlan task, TaskPlan.InWindows windows) {
    if (windows instanceof TaskPlan.Published published) {
      return WindowText.named(published.text())
          .task(fetched().resolve("tasks"), published.window(), published.windows());
    }
    if (windows instanceof TaskPlan.Solved solved) {
      return solved(solved);
    }
    return heldBack(task, (TaskPlan.HeldBack) windows);
  }

  /** The solved items of a task's scored side that fill the windows. */
  List<TestItem> items(TaskPlan.Solved plan) {
    Task task = sources.named(plan.task()).first(Integer.MAX_VALUE);
    if (task.shots() > 0) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s begins each item with %d solved examples, so its text would be the same examples again and again. Name another task.",
              plan.task(),
              task.shots()));
    }
    long left = enough(plan);
    List<TestItem> items = new ArrayList<>();
    for (TestItem item : task.items()) {
      if (left > 0) {
        items.add(item);
      }
      left -= item.solved().get(0).length();
    }
    return items;
  }

  private Perplexity solved(TaskPlan.Solved plan) {
    String text = joined(items(plan).stream().map(item -> item.solved().get(0)), plan);
    return new Perplexity(
        plan.name(), Sha256.hex(text).substring(0, 12), text, plan.window(), plan.windows());
  }

  private Perplexity heldBack(TaskPlan task, TaskPlan.HeldBack text) {
    CorpusFile corpus = corpus(text.corpus(), CorpusSide.HELD_BACK);
    unscored.put(task, corpus.leftOut());
    String joined = joined(corpus.documents().map(Document::text), text);
    String revision = corpus.revision().substring(0, 12) + ", held-back side";
    return new Perplexity(text.name(), revision, joined, text.window(), text.windows());
  }

  /** Texts one after another until they fill the windows. */
  private static String joined(Stream<String> texts, TaskPlan.InWindows plan) {
    StringBuilder joined = new StringBuilder();
    for (Iterator<String> all = texts.iterator();
        all.hasNext() && joined.length() < enough(plan); ) {
      joined.append(all.next()).append(Windows.JOINT);
    }
    return joined.toString();
  }

  /** So many characters fill the windows. */
  private static long enough(TaskPlan.InWindows plan) {
    return (long) CHARACTERS_PER_TOKEN * plan.window() * plan.windows();
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
