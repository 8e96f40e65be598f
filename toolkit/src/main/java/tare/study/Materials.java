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
import java.util.SplittableRandom;
import tare.data.Budget;
import tare.data.CalibrationSet;
import tare.data.CorpusFile;
import tare.data.Document;
import tare.data.ModelNames;
import tare.data.Side;
import tare.evaluate.Perplexity;
import tare.evaluate.Task;
import tare.evaluate.Tasks;
import tare.evaluate.WindowText;
import tare.model.Checkpoint;
import tare.model.DecoderModel;
import tare.model.Precision;
import tare.select.ModelOnDemand;
import tare.select.Surroundings;
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
  private final Map<String, Checkpoint> models = new HashMap<>();
  private final Map<String, CorpusFile> corpora = new HashMap<>();
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
    this.data = data;
    this.device = device;
  }

  /**
   * A chosen calibration set.
   *
   * @param set the set
   * @param seconds how long it took to choose
   */
  public record Drawn(CalibrationSet set, double seconds) {}

  private record DrawKey(String model, Trial.Calibration calibration) {}

  /**
   * Opens everything that a study needs, and chooses its calibration sets.
   *
   * @return all trials
   * @throws IllegalArgumentException if a model, corpus or task is missing or unfit, a window is
   *     longer than a model's context, or a corpus is too small for its disjoint sets
   */
  public List<Trial> check(Study study) {
    List<Trial> trials = study.trials(this);
    for (String model : study.models()) {
      Checkpoint checkpoint = model(model);
      study.budgets().stream()
          .mapToInt(Budget::tokensPerSample)
          .forEach(checkpoint.config()::requireFits);
      for (TaskPlan task : study.tasks()) {
        if (task instanceof TaskPlan.InWindows text) {
          checkWindow(checkpoint, text);
        }
      }
    }
    for (Trial trial : trials) {
      if (trial.calibration() != null) {
        calibrationSet(trial.model(), trial.calibration());
      }
    }
    return trials;
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

  /** The uncompressed model of a name or path. */
  public Checkpoint model(String name) {
    return models.computeIfAbsent(
        name, unseen -> Checkpoint.open(read(() -> ModelNames.path(name, data))));
  }

  /** The task that a study names. */
  public Task task(TaskPlan plan) {
    return tasks.computeIfAbsent(plan, this::open);
  }

  /** The calibration set of a trial, by {@link UniformDraw} from the train side of its corpus. */
  public Drawn calibrationSet(String model, Trial.Calibration calibration) {
    return drawn.computeIfAbsent(
        new DrawKey(model, calibration),
        unseen -> {
          long start = System.nanoTime();
          CalibrationSet set = draw(model(model), calibration);
          return new Drawn(set, (System.nanoTime() - start) / 1e9);
        });
  }

  private CalibrationSet draw(Checkpoint model, Trial.Calibration calibration) {
    try (ModelOnDemand loaded =
        new ModelOnDemand(() -> DecoderModel.load(model, device, Precision.F32))) {
      Surroundings given =
          new Surroundings(model.tokenizer(), loaded, new SplittableRandom(calibration.seed()));
      return new UniformDraw(calibration.set())
          .select(corpus(calibration.corpus()), calibration.budget(), given);
    }
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

  private CorpusFile corpus(String name) {
    return corpora.computeIfAbsent(name, unseen -> corpus(name, Side.TRAIN));
  }

  private CorpusFile corpus(String name, Side side) {
    return read(() -> CorpusFile.read(fetched().resolve("corpora").resolve(name + ".jsonl"), side));
  }

  private Task open(TaskPlan plan) {
    if (plan instanceof TaskPlan.Choice choice) {
      return new Tasks(fetched()).named(choice.task()).first(choice.limit());
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
