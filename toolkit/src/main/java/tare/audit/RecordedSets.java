package tare.audit;

import ai.djl.Device;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
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
import tare.model.Checkpoint;
import tare.model.DecoderModel;
import tare.model.Precision;
import tare.select.ModelOnDemand;
import tare.select.Passage;
import tare.select.Surroundings;
import tare.select.UniformDraw;
import tare.select.activation.WindowPerplexities;
import tare.study.Materials;
import tare.study.Study;
import tare.study.Trial;
import tare.study.TrialFiles;

/**
 * Chooses the calibration sets of recorded trials again, and puts their numbers beside the recorded
 * perplexities. A set counts only if its fingerprint is the recorded one.
 *
 * @param materials corpora and models on this machine
 * @param device where a model runs
 * @param largest parameters of the largest model that reads the sets or chooses them; of larger
 *     models, sets that are chosen with the model are left out, and the surprise is unknown
 * @param progress is told after each set
 */
public record RecordedSets(Materials materials, Device device, long largest, Progress progress) {

  private static final Budget OF_TARGET = new Budget(64, 256);
  private static final long SEED = 1;
  private static final int READ = 4096;

  /**
   * What was found.
   *
   * @param cases the trials whose sets are here, in one text each
   * @param found recorded sets that were chosen again
   * @param recorded all recorded sets
   */
  public record Found(List<Foresight.Case> cases, int found, int recorded) {

    /** Copies the list. */
    public Found {
      cases = List.copyOf(cases);
    }
  }

  /**
   * The trials of a study, in each text of a corpus on which they were scored.
   *
   * @throws IllegalArgumentException if a corpus, model or task of the study is not here
   */
  public Found of(Study study, TrialFiles files) {
    List<Map<String, String>> rows =
        files.finished().stream().flatMap(id -> files.rows(id).stream()).toList();
    Set<String> recorded = new TreeSet<>();
    rows.forEach(row -> recorded.add(row.get("calibration_fingerprint")));
    recorded.remove("");
    Map<String, Map<String, SetNumbers>> numbers = new HashMap<>();
    Map<String, List<int[]>> targets = new TreeMap<>();
    Set<String> texts =
        rows.stream()
            .map(row -> row.get("task"))
            .filter(task -> study.corpora().stream().anyMatch(pool -> isIn(task, pool)))
            .collect(Collectors.toCollection(TreeSet::new));
    for (String model : study.models()) {
      Checkpoint checkpoint = materials.model(model);
      boolean small = materials.parameters(model) <= largest;
      try (ModelOnDemand loaded =
          new ModelOnDemand(() -> DecoderModel.load(checkpoint, device, Precision.F32))) {
        Surroundings given =
            new Surroundings(checkpoint.tokenizer(), loaded, new SplittableRandom(SEED));
        for (String text : texts) {
          targets.put(
              text,
              tokens(
                  new UniformDraw().select(materials.corpus(text, checkpoint), OF_TARGET, given)));
        }
        for (CalibrationSet set : sets(study.forModel(model), small)) {
          String fingerprint = set.fingerprint();
          if (recorded.contains(fingerprint) && !numbers.containsKey(fingerprint)) {
            double surprise = small ? surprise(set, given) : Double.NaN;
            Map<String, SetNumbers> byText = new HashMap<>();
            targets.forEach(
                (text, target) ->
                    byText.put(
                        text, SetNumbers.of(set, target, checkpoint.config().width(), surprise)));
            numbers.put(fingerprint, byText);
            progress.at("counting sets", numbers.size(), recorded.size());
          }
        }
      }
    }
    return new Found(cases(rows, numbers), numbers.size(), recorded.size());
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
   * Mean ln perplexity of the model over the first samples, of 4,096 tokens at most, in nats per
   * token. The first sample is read whatever its length.
   */
  static double surprise(CalibrationSet set, Surroundings given) {
    Map<Integer, List<Passage>> byLength = new TreeMap<>();
    int tokens = 0;
    for (Sample sample : set.samples()) {
      tokens += sample.tokens().length;
      if (tokens <= READ || byLength.isEmpty()) {
        byLength
            .computeIfAbsent(sample.tokens().length, length -> new ArrayList<>())
            .add(Passage.of(sample));
      }
    }
    return byLength.values().stream()
        .flatMapToDouble(each -> Arrays.stream(WindowPerplexities.perplexities(each, given)))
        .map(Math::log)
        .average()
        .orElseThrow();
  }

  private static List<Foresight.Case> cases(
      List<Map<String, String>> rows, Map<String, Map<String, SetNumbers>> numbers) {
    Map<String, Double> originals = new HashMap<>();
    for (Map<String, String> row : rows) {
      if (row.get("metric").equals("perplexity") && row.get("method").equals("none")) {
        originals.put(row.get("model") + "\n" + row.get("task"), ln(row));
      }
    }
    List<Foresight.Case> cases = new ArrayList<>();
    for (Map<String, String> row : rows) {
      SetNumbers known =
          numbers.getOrDefault(row.get("calibration_fingerprint"), Map.of()).get(row.get("task"));
      Double original = originals.get(row.get("model") + "\n" + row.get("task"));
      if (known != null && original != null && row.get("metric").equals("perplexity")) {
        cases.add(
            new Foresight.Case(
                row.get("study"),
                row.get("model"),
                row.get("method"),
                settings(row),
                row.get("task"),
                Integer.parseInt(row.get("samples")),
                Integer.parseInt(row.get("tokens_per_sample")),
                row.get("calibration_fingerprint").substring(0, 12),
                known.tokensPerWidth(),
                known.diversity(),
                known.repeats(),
                known.distance(),
                known.unseen(),
                known.surprise(),
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
