package tare.notebook;

import ai.djl.Device;
import ai.djl.engine.Engine;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import java.util.stream.Stream;
import tare.calibrate.BlockByBlock;
import tare.calibrate.CompressedModel;
import tare.chat.PoolName;
import tare.compress.Method;
import tare.data.CalibrationSet;
import tare.data.Corpus;
import tare.data.Progress;
import tare.evaluate.Aggregate;
import tare.evaluate.Original;
import tare.evaluate.Outcome;
import tare.evaluate.Scorer;
import tare.evaluate.Task;
import tare.evaluate.benchmark.Tasks;
import tare.model.Checkpoint;
import tare.model.DecoderModel;
import tare.model.Precision;
import tare.report.Results;
import tare.select.ActivationCache;
import tare.select.ModelOnDemand;
import tare.select.Surroundings;
import tare.select.acdm.References;
import tare.study.HereRunner;
import tare.study.Materials;
import tare.study.RecordedStudy;
import tare.study.ReferenceTasks;
import tare.study.ResultFolder;
import tare.study.Study;
import tare.study.TaskPlan;
import tare.study.Trial;
import tare.study.TrialRun;
import tare.tensor.Threads;

/**
 * Gives a notebook what it needs before its first experiment: a model, data, a device, and one
 * method for each step from a calibration set to a score.
 *
 * <pre>{@code
 * Lab lab = Lab.open();
 * CalibrationSet news = new UniformDraw().select(lab.corpus("news"), new Budget(8, 64), lab.given());
 * CompressedModel gptq = lab.compress(new Gptq(3, 64), news);
 * show(lab.perplexity(gptq.checkpoint(), "news"));
 * }</pre>
 *
 * <p>Three environment variables configure a lab: {@code TARE_SCALE} (tiny, small or full), {@code
 * TARE_MODEL} (a name in {@code models.csv}, or a path) and {@code TARE_DATA} (the data folder).
 */
public final class Lab implements AutoCloseable {

  /** The repository's data folder as seen from a notebook, whatever {@code TARE_DATA} says. */
  private static final Path REPOSITORY_DATA = Path.of("../data");

  private static final String TINY_MODEL = REPOSITORY_DATA.resolve("tiny").toString();
  private static final long SEED = 2026;

  /** Largest relative difference of a repeated trial. Rounding explains less than this. */
  private static final double SAME = 0.1;

  private final Scale scale;
  private final String model;
  private final Path data;
  private final Device device;
  private final Materials materials;
  private final ModelOnDemand loaded;
  private final Set<String> said = new HashSet<>();

  private Lab(Scale scale, String model, Path data) {
    this.scale = scale;
    this.model = model;
    this.data = data;
    device = Engine.getInstance().defaultDevice();
    materials = new Materials(data, device, Inline.progress());
    loaded = new ModelOnDemand(() -> DecoderModel.load(original(), device, Precision.F32));
  }

  /** Opens a lab as configured by the environment. */
  public static Lab open() {
    Scale scale = Scale.fromEnvironment();
    String usual = scale.choose(TINY_MODEL, "smollm2-135m", "smollm2-135m");
    return open(System.getenv().getOrDefault("TARE_MODEL", usual));
  }

  /** Opens a lab on the tiny model that comes with the project, whatever the environment says. */
  public static Lab openTiny() {
    return open(Path.of(TINY_MODEL).toAbsolutePath().normalize().toString());
  }

  /**
   * Opens a lab on a given model.
   *
   * @param model a name in {@code models.csv}, or the path of a GGUF file or checkpoint folder
   */
  public static Lab open(String model) {
    Threads.waitAsleep();
    String data = System.getenv().getOrDefault("TARE_DATA", REPOSITORY_DATA.toString());
    return new Lab(Scale.fromEnvironment(), model, Path.of(data).toAbsolutePath().normalize());
  }

  /** How much to compute. */
  public Scale scale() {
    return scale;
  }

  /** The name or path of the model, as studies write it. */
  public String model() {
    return model;
  }

  /** The data folder, absolute. */
  public Path data() {
    return data;
  }

  /** The device that holds the tensors. */
  public Device device() {
    return device;
  }

  /** Models, corpora and tasks by their names. */
  public Materials materials() {
    return materials;
  }

  /** The files of the uncompressed model, opened at the first call. */
  public Checkpoint original() {
    return materials.model(model);
  }

  /** The uncompressed model, loaded at the first call. */
  public DecoderModel loaded() {
    return loaded.get();
  }

  /**
   * The training side of a corpus, or of several corpora as one pool.
   *
   * @param names for instance {@code news} and {@code code}
   * @throws IllegalArgumentException if a name gives each sample one vote, which a set can have and
   *     a corpus cannot
   */
  public Corpus corpus(String... names) {
    String pool = String.join("+", names);
    if (PoolName.parse(pool).isOneVoteEach()) {
      throw new IllegalArgumentException(
          pool
              + ": a set gives its samples votes, and a corpus does not. Leave out vote=sample, and"
              + " take set.oneVoteEach().");
    }
    Corpus corpus = materials.corpus(pool, original());
    materials.leftOut(pool).forEach(this::remark);
    return corpus;
  }

  /**
   * The surroundings that a selector may use besides the pool. Each call restarts the same sequence
   * of random numbers, so that a repeated cell chooses the same set.
   */
  public Surroundings given() {
    ActivationCache cache =
        ActivationCache.in(data.resolve("runs/activations"), original(), Progress.NONE);
    return new Surroundings(original().tokenizer(), loaded, new SplittableRandom(SEED), cache)
        .references(ReferenceTasks.reading(new Tasks(data.resolve("fetched"))));
  }

  /** The training sides of tasks, which ACDM compares windows with. */
  public References references(List<String> tasks) {
    return new References(tasks.stream().map(materials::reference).toList());
  }

  /** A task that measures perplexity on the held-out side of a corpus, with this scale's size. */
  public Task heldBack(String corpus) {
    return task(new TaskPlan.HeldBack(corpus, scale.choose(64, 512, 512), scale.choose(8, 8, 64)));
  }

  /**
   * A task that measures the divergence from the uncompressed model on the held-out side of a
   * corpus, with this scale's size: {@code lab.score(gptq.checkpoint(), lab.divergence("news"),
   * "kl")}.
   */
  public Task divergence(String corpus) {
    return task(
        new TaskPlan.Divergence(
            corpus, null, null, scale.choose(64, 512, 512), scale.choose(8, 8, 64)));
  }

  private Task task(TaskPlan plan) {
    materials.notes(plan).forEach(this::remark);
    return materials.task(plan);
  }

  /** Shows a remark once, although the same text is read by many cells. */
  private void remark(String remark) {
    if (said.add(remark)) {
      Inline.say("%s", remark);
    }
  }

  /** Compresses the model with a calibration set, and shows the progress below the cell. */
  public CompressedModel compress(Method method, CalibrationSet set) {
    return compress(method, set, Inline.progress());
  }

  /** Compresses the model with a method that needs no calibration set. */
  public CompressedModel compress(Method method) {
    return told(new BlockByBlock().compress(original(), method, device, Inline.progress()));
  }

  /**
   * Compresses the model with a calibration set.
   *
   * @param progress is told after each block; {@link Progress#NONE} shows none, but notes are shown
   */
  public CompressedModel compress(Method method, CalibrationSet set, Progress progress) {
    return told(new BlockByBlock().compress(original(), set, method, device, progress));
  }

  /** Says what is to be known of the compressed layers, for instance a shorter last group. */
  private static CompressedModel told(CompressedModel model) {
    model.notes().forEach(note -> Inline.say("Note: %s.", note));
    return model;
  }

  /** The scores of a model on tasks. */
  public List<Aggregate> scores(Checkpoint checkpoint, Task... tasks) {
    return Aggregate.of(outcomes(checkpoint, tasks));
  }

  /**
   * The scores of a model on each item of tasks, in which two models can be compared item by item.
   */
  public List<Outcome> outcomes(Checkpoint checkpoint, Task... tasks) {
    try (Original uncompressed = materials.original(model, device, Precision.F32)) {
      Stream.of(tasks).forEach(task -> task.keep(uncompressed));
      try (DecoderModel scored = DecoderModel.load(checkpoint, device, Precision.F32)) {
        Scorer scorer = new Scorer(scored).against(uncompressed);
        List<Outcome> outcomes =
            Stream.of(tasks).flatMap(task -> task.run(scorer).stream()).toList();
        Stream.of(tasks).flatMap(task -> task.notes().stream()).forEach(this::remark);
        if (scorer.truncated() > 0) {
          Inline.say(
              "%d requests were cut on the left to fit the model's context.", scorer.truncated());
        }
        return outcomes;
      }
    }
  }

  /**
   * The score of a model on one task in one metric.
   *
   * @throws IllegalArgumentException if the task has no such metric
   */
  public double score(Checkpoint checkpoint, Task task, String metric) {
    List<Aggregate> scores = scores(checkpoint, task);
    return scores.stream()
        .filter(score -> score.metric().equals(metric))
        .mapToDouble(Aggregate::value)
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "The task %s has no metric %s; it has %s."
                        .formatted(
                            task.name(), metric, scores.stream().map(Aggregate::metric).toList())));
  }

  /** The perplexity of a model on the held-out side of a corpus. */
  public double perplexity(Checkpoint checkpoint, String corpus) {
    return score(checkpoint, heldBack(corpus), "perplexity");
  }

  /**
   * Runs a study in {@code runs/<its name>} of the data folder. A stopped run continues where it
   * stopped; a finished run is only read.
   *
   * @throws IllegalStateException if a trial fails; the message names the files with the reasons
   */
  public Results run(Study study) {
    return run(study, data.resolve("runs").resolve(study.name()));
  }

  /**
   * Runs a study in a folder.
   *
   * @throws IllegalStateException if a trial fails; the message names the files with the reasons
   */
  public Results run(Study study, Path folder) {
    List<Trial> trials = materials.check(study);
    try (ResultFolder open = ResultFolder.open(folder, study, trials)) {
      open.requireModels(materials.models(study));
      TrialRun work = TrialRun.of(study, materials, device, open, Progress.NONE);
      new HereRunner(Inline.progress()).run(trials, work, open);
      List<Path> failures = open.failures(trials);
      if (!failures.isEmpty()) {
        throw new IllegalStateException("Some trials failed; these files say why: " + failures);
      }
    }
    return Results.of(folder);
  }

  /** A recorded study of the repository: its description and its results. */
  public RecordedStudy recorded(String name) {
    return RecordedStudy.read(REPOSITORY_DATA, name);
  }

  /**
   * Repeats some trials of a recorded study on the tiny model, and shows the new scores beside the
   * recorded ones.
   *
   * @param name name of the study
   * @param which selects among the trials with a calibration set
   * @param most largest number of trials
   * @throws IllegalStateException if a perplexity differs by more than a tenth
   */
  public void again(String name, Predicate<Trial> which, int most) {
    List<RecordedStudy.Again> again =
        recorded(name).again(TINY_MODEL, materials, device, which, most, Inline.progress());
    Inline.show(
        again.isEmpty()
            ? "The corpora here differ from those that the study was recorded with, so its trials"
                + " cannot be repeated."
            : Inline.table(again));
    again.stream()
        .filter(each -> each.metric().equals("perplexity"))
        .max(Comparator.comparingDouble(each -> Math.abs(each.apart())))
        .filter(worst -> Math.abs(worst.apart()) > SAME)
        .ifPresent(
            worst -> {
              throw new IllegalStateException(
                  worst + " differs by more than a tenth from the recorded score.");
            });
  }

  /** Frees the loaded model's memory. A later use loads the model again. */
  @Override
  public void close() {
    loaded.close();
  }
}
