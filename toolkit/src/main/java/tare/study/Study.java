package tare.study;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tare.chat.PoolName;
import tare.compress.Method;
import tare.data.Budget;
import tare.model.Precision;
import tare.select.Mixture;
import tare.select.Selector;
import tare.select.TaskGuidedSelector;
import tare.select.TaskReference;

/**
 * Describes a comparison: the product of models, calibration sets and methods, each run on every
 * task.
 *
 * <pre>{@code
 * Lab lab = Lab.open();
 * Study study =
 *     new Study(
 *         "example", List.of(lab.model()), List.of("news"), 1, List.of(new Budget(4, 64)),
 *         List.of(new Rtn(3, 64), new Gptq(3, 64)), List.of(new TaskPlan.HeldBack("news", 64, 4)),
 *         2026, "f32");
 * show(lab.run(study, Path.of("out/example")).metric("perplexity").table());
 * }</pre>
 *
 * <p>The uncompressed model is always run too, whether it is named or not. Without recipes, models
 * are only scored, for instance packed ones that others publish. Then corpora, sets and budgets may
 * be left out.
 *
 * @param name goes into results and names their folder
 * @param models names, or paths of GGUF files and checkpoint folders
 * @param corpora pools from which calibration sets are drawn, each a {@link tare.chat.PoolName}
 * @param sets number of disjoint calibration sets per corpus
 * @param budgets sizes of the calibration sets
 * @param recipes the compression methods
 * @param tasks the tasks on which models are scored
 * @param seed seed of the selection
 * @param precision number format of the evaluation: {@code f32}, {@code bf16}, {@code f16} or
 *     {@code auto}
 * @param selectors how calibration sets are chosen; without any, they are drawn uniformly from the
 *     whole corpus. A selector that needs reference tasks but names none takes the study's own
 * @param nested whether a set of a small budget is the beginning of the set of a larger one, see
 *     {@link tare.select.NestedDraw}; for uniform draws only
 * @param calibrationPrecision number format in which the samples run through the model: {@code
 *     bf16} or {@code f16}; {@code null} for float32
 */
public record Study(
    String name,
    List<String> models,
    List<String> corpora,
    int sets,
    List<Budget> budgets,
    List<Method> recipes,
    List<TaskPlan> tasks,
    long seed,
    String precision,
    List<Selector> selectors,
    @JsonInclude(JsonInclude.Include.NON_DEFAULT) boolean nested,
    String calibrationPrecision) {

  /** Checks what can be checked without opening a model or a corpus. */
  public Study {
    if (name == null || !name.matches("[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")) {
      throw new IllegalArgumentException(
          "name must consist of at most 100 letters, digits, dots, dashes and underscores, and not"
              + " begin with a dot or a dash, as it names a folder; got '%s'".formatted(name));
    }
    models = filled("models", models);
    recipes = distinct("recipes", recipes);
    boolean calibrated = recipes.stream().anyMatch(Method::calibrated);
    corpora = calibrated ? filled("corpora", corpora) : distinct("corpora", corpora);
    corpora.forEach(pool -> Mixture.requireWhole(PoolName.parse(pool).shares()));
    budgets = calibrated ? filled("budgets", budgets) : distinct("budgets", budgets);
    tasks = filled("tasks", tasks);
    requireNames(tasks);
    if (sets < 1 && calibrated) {
      throw new IllegalArgumentException("sets must be 1 or more; got " + sets);
    }
    precision = Precision.named(precision == null ? "auto" : precision).label();
    requireFloat32ForRoundedInputs(recipes, precision);
    calibrationPrecision = shortPrecision(calibrationPrecision);
    selectors = selectors == null ? null : referring(filled("selectors", selectors), tasks);
    if (nested && selectors != null) {
      throw new IllegalArgumentException(
          "nested applies to uniform draws only: leave out selectors, or nested");
    }
  }

  /** A study whose calibration sets are drawn uniformly. */
  public Study(
      String name,
      List<String> models,
      List<String> corpora,
      int sets,
      List<Budget> budgets,
      List<Method> recipes,
      List<TaskPlan> tasks,
      long seed,
      String precision) {
    this(name, models, corpora, sets, budgets, recipes, tasks, seed, precision, null, false, null);
  }

  /** A study whose sets are not nested. */
  public Study(
      String name,
      List<String> models,
      List<String> corpora,
      int sets,
      List<Budget> budgets,
      List<Method> recipes,
      List<TaskPlan> tasks,
      long seed,
      String precision,
      List<Selector> selectors) {
    this(
        name, models, corpora, sets, budgets, recipes, tasks, seed, precision, selectors, false,
        null);
  }

  /** Scores stand under the task's name, so two tasks with one name could not be told apart. */
  private static void requireNames(List<TaskPlan> tasks) {
    Set<String> names = new HashSet<>();
    for (TaskPlan task : tasks) {
      if (!names.add(task.name())) {
        throw new IllegalArgumentException(
            "tasks has two whose scores are both called %s in results: put them into two studies"
                .formatted(task.name()));
      }
    }
  }

  /** The name of a precision; {@code null} for float32, so that it is written in one way. */
  private static String shortPrecision(String given) {
    Precision named = given == null ? Precision.F32 : Precision.named(given);
    if (named == Precision.AUTO) {
      throw new IllegalArgumentException("calibrationPrecision must be f32, bf16 or f16, not auto");
    }
    return named == Precision.F32 ? null : named.label();
  }

  private static void requireFloat32ForRoundedInputs(List<Method> recipes, String precision) {
    for (Method method : recipes) {
      if (!(method instanceof Method.Uncompressed)
          && method.recipe().inputs().isPresent()
          && !precision.equals(Precision.F32.label())) {
        throw new IllegalArgumentException(
            "precision must be f32, not %s, because %s rounds inputs to codes"
                .formatted(precision, method.label()));
      }
    }
  }

  /** Makes the tasks' own training sides the references, unless a selector names others. */
  private static List<Selector> referring(List<Selector> selectors, List<TaskPlan> tasks) {
    List<TaskReference> own =
        tasks.stream()
            .filter(TaskPlan.Choice.class::isInstance)
            .map(task -> new TaskReference(((TaskPlan.Choice) task).task()))
            .toList();
    List<Selector> complete = new ArrayList<>();
    for (Selector selector : selectors) {
      boolean open = selector instanceof TaskGuidedSelector guided && guided.tasks().isEmpty();
      if (open && own.isEmpty()) {
        throw new IllegalArgumentException(
            "the selector %s needs references: name tasks, or have tasks of kind choice"
                .formatted(selector.label()));
      }
      complete.add(open ? ((TaskGuidedSelector) selector).tasks(own) : selector);
    }
    return List.copyOf(complete);
  }

  /**
   * Reads a study file.
   *
   * @param file JSON with the components of this record as fields
   * @throws IllegalArgumentException if the file is missing, is not JSON, has an unknown field or a
   *     wrong value; the message names file and field
   */
  public static Study read(Path file) {
    return StudyFile.read(file);
  }

  /** The same study with one other model. */
  public Study forModel(String model) {
    return new Study(
        name,
        List.of(model),
        corpora,
        sets,
        budgets,
        recipes,
        tasks,
        seed,
        precision,
        selectors,
        nested,
        calibrationPrecision);
  }

  /** The same study in another precision. */
  public Study in(Precision other) {
    return new Study(
        name,
        models,
        corpora,
        sets,
        budgets,
        recipes,
        tasks,
        seed,
        other.label(),
        selectors,
        nested,
        calibrationPrecision);
  }

  /**
   * Reads a study from the text of {@link #json}.
   *
   * @throws IllegalArgumentException if the text is not a study
   */
  public static Study parse(String json) {
    return StudyFile.parse(json);
  }

  /**
   * Checks that all methods belong to the toolkit, so that other processes can run the study.
   *
   * @throws IllegalArgumentException if one does not
   */
  public void requireNoOwnCode() {
    recipes.forEach(Methods::requireKnown);
    if (selectors != null) {
      selectors.forEach(Selectors::requireKnown);
    }
  }

  /**
   * The study as text, which {@link #parse} reads in other processes.
   *
   * @throws IllegalArgumentException if a method does not belong to the toolkit
   */
  public String json() {
    requireNoOwnCode();
    return StudyFile.canonical(this);
  }

  /**
   * All trials, in the order in which they run. Each model begins with its baseline. A method whose
   * weights do not depend on calibration text has one trial instead of one for each set. Then come
   * all conditions with the first calibration set of each corpus, the smallest budget first, then
   * all with the second set, and so on. An interrupted study therefore lacks sets, not conditions.
   *
   * @param revisions identifies models, corpora and tasks
   */
  public List<Trial> trials(Revisions revisions) {
    List<Trial.PlannedTask> planned =
        tasks.stream().map(task -> new Trial.PlannedTask(task, revisions.ofTask(task))).toList();
    List<Trial.Calibration> calibrations = calibrations(revisions);
    List<Trial> trials = new ArrayList<>();
    for (String model : models) {
      String revision = revisions.ofModel(model);
      List<Trial> ofModel = new ArrayList<>();
      ofModel.add(new Trial(model, revision, new Method.Uncompressed(), null, planned, precision));
      for (Method method : recipes) {
        if (method instanceof Method.Uncompressed) {
          continue;
        }
        if (!method.calibrated()) {
          ofModel.add(new Trial(model, revision, method, null, planned, precision));
          continue;
        }
        for (Trial.Calibration calibration : calibrations) {
          ofModel.add(new Trial(model, revision, method, calibration, planned, precision));
        }
      }
      ofModel.sort(Comparator.comparingInt(Study::set).thenComparingLong(Study::calibrationTokens));
      trials.addAll(ofModel);
    }
    return List.copyOf(trials);
  }

  private static int set(Trial trial) {
    return trial.calibration() == null ? -1 : trial.calibration().set();
  }

  private static long calibrationTokens(Trial trial) {
    return trial.calibration() == null ? 0 : trial.calibration().budget().tokens();
  }

  /** Number of trials. Neither models nor data are needed. */
  public int count() {
    return trials(Revisions.NONE).size();
  }

  private List<Trial.Calibration> calibrations(Revisions revisions) {
    List<Trial.Calibration> calibrations = new ArrayList<>();
    Long apart =
        nested
            ? Long.valueOf(budgets.stream().mapToLong(Budget::tokens).max().orElseThrow())
            : null;
    for (Budget budget : budgets) {
      for (String corpus : corpora) {
        for (int set = 0; set < sets; set++) {
          for (Selector selector :
              selectors == null ? Collections.<Selector>singletonList(null) : selectors) {
            calibrations.add(
                new Trial.Calibration(
                    corpus,
                    revisions.ofCorpus(corpus),
                    set,
                    budget,
                    seed,
                    selector,
                    references(selector, revisions),
                    apart,
                    calibrationPrecision));
          }
        }
      }
    }
    return calibrations;
  }

  /** What pins the reference tasks that are named; those with items of their own need nothing. */
  private static String references(Selector selector, Revisions revisions) {
    if (!(selector instanceof TaskGuidedSelector guided)) {
      return null;
    }
    List<String> named =
        guided.tasks().stream()
            .filter(task -> task.items().isEmpty())
            .map(TaskReference::task)
            .toList();
    return named.isEmpty() ? null : revisions.ofReferences(named);
  }

  private static <T> List<T> filled(String field, List<T> values) {
    if (values == null || values.isEmpty()) {
      throw new IllegalArgumentException(field + " is missing or empty");
    }
    return distinct(field, values);
  }

  private static <T> List<T> distinct(String field, List<T> values) {
    if (values == null) {
      return List.of();
    }
    if (new HashSet<>(values).size() < values.size()) {
      throw new IllegalArgumentException(field + " names something twice: " + values);
    }
    return List.copyOf(values);
  }
}
