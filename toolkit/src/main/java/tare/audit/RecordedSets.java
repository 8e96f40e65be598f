package tare.audit;

import ai.djl.Device;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tare.data.Budget;
import tare.data.CalibrationSet;
import tare.data.Progress;
import tare.data.Sample;
import tare.evaluate.Divergence;
import tare.model.Checkpoint;
import tare.model.DecoderModel;
import tare.model.Precision;
import tare.select.ActivationCache;
import tare.select.ModelOnDemand;
import tare.select.Passage;
import tare.select.Surroundings;
import tare.select.UniformDraw;
import tare.study.Materials;
import tare.study.Study;
import tare.study.TaskPlan;
import tare.study.Trial;
import tare.study.TrialFiles;

/**
 * Chooses the calibration sets of recorded trials again, and puts their numbers beside the recorded
 * scores: perplexity on texts of corpora, divergence on solved items of tasks. A set counts only if
 * its fingerprint is the recorded one.
 *
 * @param materials corpora and models on this machine
 * @param device where a model runs
 * @param reads parameters of the largest model that reads the sets; of larger models, the numbers
 *     that need the model are unknown
 * @param chooses parameters of the largest model that chooses sets again; of larger models, sets
 *     that are chosen with the model are left out
 * @param progress is told after each set
 */
public record RecordedSets(
    Materials materials, Device device, long reads, long chooses, Progress progress) {

  private static final int OF_TARGET = 1 << 14; // tokens
  private static final int WINDOW = 256;
  private static final long SEED = 1;

  /**
   * What was found.
   *
   * @param cases the trials whose sets are here, in one text each, without those that are left out
   * @param found recorded sets that were chosen again, each counted once for each model
   * @param recorded all recorded sets, counted in the same way
   * @param leftOut scores of these sets that cannot be compared: a divergence of 0 or less, a score
   *     that is not finite, or a perplexity without that of the uncompressed model
   */
  public record Found(List<RecordedCase> cases, int found, int recorded, int leftOut) {

    /** Copies the list. */
    public Found {
      cases = List.copyOf(cases);
    }
  }

  /**
   * The trials of a study, in each text of a corpus or of solved items on which they were scored.
   *
   * @throws IllegalArgumentException if a corpus, model or task of the study is not here, or a
   *     task's training side does not fill a window of 256 tokens
   */
  public Found of(Study study, TrialFiles files) {
    List<Map<String, String>> rows =
        files.finished().stream().flatMap(id -> files.rows(id).stream()).toList();
    Set<String> recorded =
        rows.stream()
            .filter(row -> !row.get("calibration_fingerprint").isEmpty())
            .map(RecordedSets::key)
            .collect(Collectors.toSet());
    Map<String, Map<String, SetNumbers>> numbers = new HashMap<>();
    Set<String> texts =
        rows.stream()
            .map(row -> text(row.get("task")))
            .filter(
                text ->
                    TaskPlan.Solved.task(text).isPresent()
                        || study.corpora().stream().anyMatch(pool -> isIn(text, pool)))
            .collect(Collectors.toCollection(TreeSet::new));
    for (String model : study.models()) {
      Checkpoint checkpoint = materials.model(model);
      long parameters = materials.parameters(model);
      try (ModelOnDemand loaded =
          new ModelOnDemand(() -> DecoderModel.load(checkpoint, device, Precision.F32))) {
        Surroundings given =
            new Surroundings(
                checkpoint.tokenizer(),
                loaded,
                new SplittableRandom(SEED),
                ActivationCache.in(
                    materials.data().resolve("runs/activations"), checkpoint, Progress.NONE));
        Map<String, List<int[]>> targets = targets(texts, checkpoint, given);
        try (SetActivations activations =
            parameters <= reads && !texts.isEmpty() ? SetActivations.of(targets, given) : null) {
          for (CalibrationSet set : sets(study.forModel(model), parameters <= chooses)) {
            String key = key(model, set.fingerprint());
            if (recorded.contains(key) && !numbers.containsKey(key)) {
              numbers.put(
                  key,
                  numbers(
                      set, targets, checkpoint.config().width(), Optional.ofNullable(activations)));
              progress.at("counting sets", numbers.size(), recorded.size());
            }
          }
        }
      }
    }
    List<RecordedCase> all = cases(rows, numbers);
    List<RecordedCase> compared =
        all.stream().filter(each -> Double.isFinite(each.lnScore())).toList();
    return new Found(compared, numbers.size(), recorded.size(), all.size() - compared.size());
  }

  /** A set as one model reads it: models with one tokenizer share sets, but not their numbers. */
  private static String key(String model, String fingerprint) {
    return model + "\n" + fingerprint;
  }

  private static String key(Map<String, String> row) {
    return key(row.get("model"), row.get("calibration_fingerprint"));
  }

  /** Windows of each text, of its training side; the same whatever the other texts are. */
  private Map<String, List<int[]>> targets(
      Set<String> texts, Checkpoint checkpoint, Surroundings given) {
    int length = Math.min(WINDOW, checkpoint.config().context());
    Budget budget = new Budget(OF_TARGET / length, length);
    Map<String, List<int[]>> targets = new TreeMap<>();
    for (String text : texts) {
      Surroundings anew = given.random(new SplittableRandom(SEED));
      targets.put(
          text,
          TaskPlan.Solved.task(text)
              .map(task -> solved(task, checkpoint, budget))
              .orElseGet(
                  () ->
                      tokens(
                          new UniformDraw()
                              .select(materials.corpus(text, checkpoint), budget, anew))));
    }
    return targets;
  }

  /** Solved items of a task's training side, which are none of those that are scored. */
  private List<int[]> solved(String task, Checkpoint checkpoint, Budget most) {
    return materials
        .reference(task)
        .packed(checkpoint.tokenizer(), most.tokensPerSample(), most.samples())
        .stream()
        .map(Passage::tokens)
        .toList();
  }

  /** The text on which a task scores: that of a divergence on solved items, or the task itself. */
  private static String text(String task) {
    return isOnSolved(task) ? task.substring(0, task.length() - Divergence.ENDING.length()) : task;
  }

  private static boolean isOnSolved(String task) {
    return task.endsWith(TaskPlan.Solved.ENDING + Divergence.ENDING);
  }

  private static boolean isIn(String text, String pool) {
    return List.of(pool.split("[+:]")).contains(text);
  }

  private List<CalibrationSet> sets(Study study, boolean small) {
    Set<Trial.Calibration> seen = new HashSet<>();
    Set<CalibrationSet> sets = new LinkedHashSet<>();
    for (Trial trial : materials.trials(study)) {
      Trial.Calibration calibration = trial.calibration();
      boolean counts =
          calibration != null
              && (small
                  || calibration.selector() == null
                  || !calibration.selector().asksForModel());
      if (counts && seen.add(calibration)) {
        sets.add(materials.calibrationSet(trial).set());
      }
    }
    return List.copyOf(sets);
  }

  private static List<int[]> tokens(CalibrationSet set) {
    return set.samples().stream().map(Sample::tokens).toList();
  }

  /**
   * The numbers of a set, by the text on which the compressed model is scored.
   *
   * @param targets tokens of the texts, of their training side
   * @param width inputs of the model's first linear layers
   * @param activations the model that reads the set; empty if it does not
   */
  static Map<String, SetNumbers> numbers(
      CalibrationSet set,
      Map<String, List<int[]>> targets,
      int width,
      Optional<SetActivations> activations) {
    Map<String, SetNumbers> numbers = new TreeMap<>();
    targets.forEach((text, of) -> numbers.put(text, SetNumbers.of(set, of, width)));
    activations.ifPresent(
        model ->
            model
                .of(set)
                .forEach(
                    (text, measured) ->
                        numbers.computeIfPresent(text, (key, each) -> each.read(measured))));
    return numbers;
  }

  /** The trials whose sets are here; a score that cannot be compared is not finite. */
  private static List<RecordedCase> cases(
      List<Map<String, String>> rows, Map<String, Map<String, SetNumbers>> numbers) {
    Map<String, Double> originals = new HashMap<>();
    for (Map<String, String> row : rows) {
      if (row.get("metric").equals("perplexity") && row.get("method").equals("none")) {
        originals.put(row.get("model") + "\n" + row.get("task"), ln(row));
      }
    }
    List<RecordedCase> cases = new ArrayList<>();
    for (Map<String, String> row : rows) {
      String text = text(row.get("task"));
      SetNumbers known = numbers.getOrDefault(key(row), Map.of()).get(text);
      String metric = isOnSolved(row.get("task")) ? RecordedCase.KL : RecordedCase.PERPLEXITY;
      if (known != null && row.get("metric").equals(metric)) {
        double original =
            metric.equals(RecordedCase.KL)
                ? 0
                : originals.getOrDefault(row.get("model") + "\n" + text, Double.NaN);
        cases.add(
            new RecordedCase(
                row.get("study"),
                row.get("model"),
                row.get("method"),
                settings(row),
                text,
                metric,
                Integer.parseInt(row.get("samples")),
                Integer.parseInt(row.get("tokens_per_sample")),
                row.get("calibration_fingerprint").substring(0, 12),
                known,
                ln(row) - original));
      }
    }
    return cases;
  }

  private static double ln(Map<String, String> row) {
    return Math.log(Double.parseDouble(row.get("value")));
  }

  private static String settings(Map<String, String> row) {
    return Stream.of(
            row.get("bits").isEmpty() ? "" : row.get("bits") + " bits",
            row.get("sparsity_pattern"),
            row.get("method_settings"))
        .filter(part -> !part.isEmpty())
        .collect(Collectors.joining(" "));
  }
}
