package tare.study;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;
import tare.calibrate.LayerReport;
import tare.data.WholeFile;
import tare.evaluate.Outcome;
import tare.model.Precision;

/**
 * The published results of a study: a few files that are kept with the code.
 *
 * <ul>
 *   <li>{@code study.json}: the study
 *   <li>{@code results.csv}: a line for each metric of a trial
 *   <li>{@code trials.csv}: a line for each trial, with how it was made and what it cost
 *   <li>{@code items.csv.gz}: a line for each item and metric, with a column for each trial
 *   <li>{@code layers.csv.gz}: a line for each linear layer and quantity (error, seconds, ...),
 *       with a column for each trial
 *   <li>{@code texts.jsonl.gz}: what was read, see {@link PublishedTexts}
 * </ul>
 *
 * <p>Equal results always give equal bytes.
 */
public final class PublishedStudy {

  private static final String TRIALS = "trials.csv";
  private static final String ITEMS = "items.csv.gz";
  private static final String LAYERS = "layers.csv.gz";
  private static final String TEXTS = "texts.jsonl.gz";

  private static final List<String> OF_ITEM = List.of("task", "item", "metric");
  private static final List<String> OF_LINEAR = List.of("quantity", "linear");

  /** The columns that identify a trial for readers of scores, followed by the scores. */
  private static final List<String> OF_RESULT =
      TrialOutput.COLUMNS.stream()
          .filter(
              column ->
                  !column.equals("task_version")
                      && (TrialOutput.OF_TRIAL.indexOf(column)
                          < TrialOutput.OF_TRIAL.indexOf("study")))
          .toList();

  private final Path folder;
  private Map<String, List<Map<String, String>>> rows;
  private Map<String, List<String>> versions;
  private Wide items;
  private Wide layers;
  private PublishedTexts texts;

  /** A table with a column for each trial, after the key columns. */
  private record Wide(List<Map<String, String>> lines) {

    static Wide read(Path file) {
      return new Wide(Files.isRegularFile(file) ? RecordCsv.read(file) : List.of());
    }

    /** The lines in which a trial has a cell. */
    Stream<Map<String, String>> of(String id) {
      return lines.stream().filter(line -> !line.getOrDefault(id, "").isEmpty());
    }
  }

  /** The published results in a folder, of which nothing is read yet. */
  PublishedStudy(Path folder) {
    this.folder = folder;
  }

  /** Whether a folder holds published results. A folder with parts belongs to a run. */
  static boolean isAt(Path folder) {
    return Files.isRegularFile(folder.resolve(TRIALS))
        && !Files.isDirectory(folder.resolve("parts"));
  }

  /** The ids of the trials, sorted. */
  Set<String> ids() {
    return rows().keySet();
  }

  /** The rows of all trials by their ids, with the columns of a part file. */
  Map<String, List<Map<String, String>>> rows() {
    if (rows == null) {
      Map<String, Map<String, String>> trials = new TreeMap<>();
      RecordCsv.read(folder.resolve(TRIALS)).forEach(row -> trials.put(row.get("trial"), row));
      Map<String, List<Map<String, String>>> read = new TreeMap<>();
      for (Map<String, String> scores : RecordCsv.read(folder.resolve("results.csv"))) {
        Map<String, String> trial = trials.get(scores.get("trial"));
        if (trial != null) {
          Map<String, String> row = new LinkedHashMap<>(trial);
          row.putAll(scores);
          read.computeIfAbsent(scores.get("trial"), id -> new ArrayList<>()).add(row);
        }
      }
      read.values().forEach(this::addVersions);
      rows = read;
    }
    return rows;
  }

  /**
   * Adds the task versions. A task of several windows has one version for each, in the order of the
   * study.
   */
  private void addVersions(List<Map<String, String>> ofTrial) {
    Map<String, List<String>> lengths = new HashMap<>();
    for (Map<String, String> row : ofTrial) {
      String task = row.get("task");
      String length = row.getOrDefault("evaluation_length", "");
      List<String> known = lengths.computeIfAbsent(task, any -> new ArrayList<>());
      if (!known.contains(length)) {
        known.add(length);
      }
      List<String> versions = versions().getOrDefault(task, List.of());
      int place = known.indexOf(length);
      row.put("task_version", place < versions.size() ? versions.get(place) : "");
    }
  }

  private Map<String, List<String>> versions() {
    if (versions == null) {
      versions = new HashMap<>();
      for (ScoredItem item : scoredItems()) {
        List<String> known = versions.computeIfAbsent(item.task(), any -> new ArrayList<>());
        if (!known.contains(item.taskVersion())) {
          known.add(item.taskVersion());
        }
      }
    }
    return versions;
  }

  /** The scores of a trial's items. */
  List<Outcome> items(String id) {
    if (items == null) {
      items = Wide.read(folder.resolve(ITEMS));
    }
    return items
        .of(id)
        .map(
            line ->
                new Outcome(
                    line.get("task"),
                    line.get("item"),
                    line.get("metric"),
                    Double.parseDouble(line.get(id))))
        .toList();
  }

  /** Whether there are scores of items. */
  boolean hasItems() {
    return Files.isRegularFile(folder.resolve(ITEMS));
  }

  /** The reports on a trial's compressed linear layers. */
  List<LayerReport> layers(String id) {
    if (layers == null) {
      layers = Wide.read(folder.resolve(LAYERS));
    }
    Map<String, Map<String, String>> linears = new LinkedHashMap<>();
    layers
        .of(id)
        .forEach(
            line ->
                linears
                    .computeIfAbsent(line.get("linear"), linear -> new HashMap<>())
                    .put(line.get("quantity"), line.get(id)));
    return linears.entrySet().stream()
        .map(linear -> TrialFiles.layer(linear.getKey(), linear.getValue()))
        .toList();
  }

  /** The samples of a calibration set. */
  List<TrialOutput.CalibrationRow> calibration(String fingerprint) {
    return texts().sets().getOrDefault(fingerprint, List.of());
  }

  /** The scored items. */
  List<ScoredItem> scoredItems() {
    return texts().scored();
  }

  private PublishedTexts texts() {
    if (texts == null) {
      texts = PublishedTexts.read(folder.resolve(TEXTS));
    }
    return texts;
  }

  /**
   * The result of publishing.
   *
   * @param study the study
   * @param added number of trials that were not published before
   * @param trials number of trials that are published now
   * @param failed number of trials that failed in the run and are done nowhere
   */
  public record Published(Study study, int added, int trials, int failed) {}

  /**
   * Publishes the finished trials of a run together with those that are already published. The
   * files of the run do not change.
   *
   * @param given the study as its file has it. If it leaves the precision open, so does the
   *     published study, because its trials are known by that; their rows say which precision it
   *     was
   * @param run the folder of a run, see {@link ResultFolder}
   * @param folder the folder to publish into, for instance {@code data/results/sensitivity-small};
   *     made if it is missing
   * @throws IllegalArgumentException if the run has no finished trial or a damaged one, a folder
   *     belongs to another study, the two disagree on a trial, or the folder to publish into
   *     belongs to a run
   */
  public static Published publish(Study given, Path run, Path folder) {
    TrialFiles running = TrialFiles.in(run);
    if (Files.isDirectory(folder.resolve("parts"))) {
      throw new IllegalArgumentException(
          folder + " is the folder of a run. Name another folder with --to.");
    }
    if (!running.damaged().isEmpty()) {
      throw new IllegalArgumentException(
          running.damaged().get(0)
              + " is empty, cut or of another form. Run the study again, which makes it anew.");
    }
    if (running.finished().isEmpty()) {
      throw new IllegalArgumentException(
          "There is nothing to publish: no trial in %s is finished. Run the study first."
              .formatted(run));
    }
    Study ran = StudyFile.read(run.resolve("study.json"));
    Study study = given.in(Precision.named(ran.precision())).equals(ran) ? given : ran;
    TrialFiles before = TrialFiles.in(folder);
    if (Files.isRegularFile(folder.resolve("study.json"))) {
      String other = StudyFile.read(folder.resolve("study.json")).name();
      if (!other.equals(study.name())) {
        throw new IllegalArgumentException(
            "%s holds the results of the study %s, not of %s. Name another folder with --to."
                .formatted(folder, other, study.name()));
      }
    }
    Set<String> known = new LinkedHashSet<>(before.finished());
    for (String id : running.finished()) {
      if (known.contains(id)) {
        ShardMerge.requireSame(id, run, running.rows(id), folder, before.rows(id));
      }
    }
    TrialFiles all = TrialFiles.in(folder, run);
    try {
      write(folder, study, all);
    } catch (IOException e) {
      throw new UncheckedIOException(
          folder
              + " cannot be written: "
              + e.getMessage()
              + ". Free some space there and publish again.",
          e);
    }
    Set<String> done = new LinkedHashSet<>(all.finished());
    return new Published(
        study,
        done.size() - known.size(),
        done.size(),
        (int) running.failed().stream().filter(id -> !done.contains(id)).count());
  }

  /**
   * Publishes all trials of some folders. {@code trials.csv} is written last: a trial counts as
   * published only when it is listed there.
   *
   * @throws IOException if a file cannot be written
   */
  static void write(Path folder, Study study, TrialFiles from) throws IOException {
    List<String> ids = from.finished();
    List<Map<String, String>> all = ids.stream().flatMap(id -> from.rows(id).stream()).toList();
    WholeFile.write(
        folder.resolve("study.json"),
        out -> out.write(StudyFile.pretty(study).getBytes(StandardCharsets.UTF_8)));
    wide(folder.resolve(ITEMS), OF_ITEM, ids, (id, cells) -> itemCells(from.items(id), cells));
    wide(folder.resolve(LAYERS), OF_LINEAR, ids, (id, cells) -> layerCells(from.layers(id), cells));
    PublishedTexts texts = new PublishedTexts(calibration(from, all), scoredItems(from, all));
    WholeFile.write(folder.resolve(TEXTS), out -> zipped(out, texts::write));
    WholeFile.write(folder.resolve("results.csv"), out -> RecordCsv.writeRows(out, OF_RESULT, all));
    List<Map<String, String>> trials = ids.stream().map(id -> from.rows(id).get(0)).toList();
    WholeFile.write(
        folder.resolve(TRIALS), out -> RecordCsv.writeRows(out, TrialOutput.OF_TRIAL, trials));
  }

  /**
   * The scored items of all folders. A task that ran without a list is represented by its version
   * alone.
   */
  private static List<ScoredItem> scoredItems(TrialFiles from, List<Map<String, String>> rows) {
    Set<ScoredItem> scored = new LinkedHashSet<>(from.scoredItems());
    Set<List<String>> known = new LinkedHashSet<>();
    scored.forEach(item -> known.add(List.of(item.task(), item.taskVersion())));
    for (Map<String, String> row : rows) {
      String version = row.getOrDefault("task_version", "");
      if (known.add(List.of(row.get("task"), version))) {
        scored.add(new ScoredItem(row.get("task"), version, "", ""));
      }
    }
    return List.copyOf(scored);
  }

  /** Receives one cell: its key and its text. */
  private interface Cells {
    void put(List<String> key, String text);
  }

  private static void itemCells(List<Outcome> items, Cells cells) {
    items.forEach(
        item ->
            cells.put(
                List.of(item.task(), item.item(), item.metric()), Double.toString(item.value())));
  }

  private static void layerCells(List<LayerReport> layers, Cells cells) {
    for (Map<String, String> layer : new RecordCsv<>(LayerReport.class, layers).cells()) {
      layer.forEach(
          (quantity, text) -> {
            if (!quantity.equals("linear")) {
              cells.put(List.of(quantity, layer.get("linear")), text);
            }
          });
    }
  }

  /** Writes a table with a column for each trial, unless there is no cell. */
  private static void wide(
      Path file, List<String> keys, List<String> ids, BiConsumer<String, Cells> ofTrial)
      throws IOException {
    Map<List<Object>, Map<String, String>> lines = new LinkedHashMap<>();
    List<String> columns = new ArrayList<>(keys);
    for (String id : ids) {
      Map<List<String>, Integer> seen = new HashMap<>();
      ofTrial.accept(
          id,
          (key, text) -> {
            // Two tasks may share a name and items: then there is a line for each.
            int time = seen.merge(key, 1, Integer::sum);
            Map<String, String> line =
                lines.computeIfAbsent(List.of(key, time), unseen -> named(keys, key));
            line.put(id, text);
          });
      if (!seen.isEmpty()) {
        columns.add(id);
      }
    }
    List<Map<String, String>> sorted =
        keys.equals(OF_LINEAR) ? byQuantity(lines) : List.copyOf(lines.values());
    if (sorted.isEmpty()) {
      Files.deleteIfExists(file);
    } else {
      WholeFile.write(file, out -> zipped(out, zip -> RecordCsv.writeRows(zip, columns, sorted)));
    }
  }

  private static Map<String, String> named(List<String> keys, List<String> key) {
    Map<String, String> line = new LinkedHashMap<>();
    for (int i = 0; i < keys.size(); i++) {
      line.put(keys.get(i), key.get(i));
    }
    return line;
  }

  /**
   * Orders lines by quantity and then by linear layer, because similar neighbours compress well.
   */
  private static List<Map<String, String>> byQuantity(Map<?, Map<String, String>> lines) {
    Map<String, List<Map<String, String>>> quantities = new LinkedHashMap<>();
    lines
        .values()
        .forEach(
            line ->
                quantities
                    .computeIfAbsent(line.get("quantity"), quantity -> new ArrayList<>())
                    .add(line));
    return quantities.values().stream().flatMap(List::stream).toList();
  }

  private static Map<String, List<TrialOutput.CalibrationRow>> calibration(
      TrialFiles from, List<Map<String, String>> rows) {
    Map<String, List<TrialOutput.CalibrationRow>> sets = new TreeMap<>();
    for (Map<String, String> row : rows) {
      String set = row.getOrDefault("calibration_fingerprint", "");
      if (!set.isEmpty()) {
        sets.computeIfAbsent(set, from::calibration);
      }
    }
    return sets;
  }

  /**
   * Compresses as well as possible, without a time stamp, so that equal content gives equal bytes.
   */
  private static void zipped(OutputStream out, WholeFile.Content content) throws IOException {
    GZIPOutputStream zip = new BestGzip(out);
    content.write(zip);
    zip.finish();
  }

  private static final class BestGzip extends GZIPOutputStream {
    BestGzip(OutputStream out) throws IOException {
      super(out);
      def.setLevel(Deflater.BEST_COMPRESSION);
    }
  }
}
