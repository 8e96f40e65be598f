package tare.study;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import tare.calibrate.LayerReport;
import tare.data.WholeFile;
import tare.evaluate.Aggregate;
import tare.evaluate.Outcome;
import tare.model.generation.ModelFiles;

/**
 * Reads the results of a study, published or of a run, which may be writing at the same time. If
 * several folders have a trial, the first folder counts.
 */
public final class TrialFiles {

  /** The models of a run, see {@link ModelFiles}. */
  static final String MODELS = "models.csv";

  private final List<Path> runs = new ArrayList<>();
  private final List<PublishedStudy> published = new ArrayList<>();

  private final List<Path> folders;

  private TrialFiles(List<Path> folders) {
    this.folders = List.copyOf(folders);
    for (Path folder : folders) {
      if (PublishedStudy.isAt(folder)) {
        published.add(new PublishedStudy(folder));
      } else {
        runs.add(folder);
      }
    }
  }

  /**
   * The results in some folders.
   *
   * @param folders folders of runs, see {@link ResultFolder}, or of published results; a missing
   *     folder has no results
   */
  public static TrialFiles in(Path... folders) {
    return new TrialFiles(List.of(folders));
  }

  /**
   * Checks that a folder holds the results of a study.
   *
   * @throws IllegalArgumentException if it has no study.json
   */
  public static void requireStudy(Path folder) {
    if (!Files.isRegularFile(folder.resolve("study.json"))) {
      throw new IllegalArgumentException(
          folder
              + " holds no results: it has no study.json. Name the folder of a run, or of published"
              + " results.");
    }
  }

  /** The folders that the results are read from, in the order in which they were given. */
  public List<Path> folders() {
    return folders;
  }

  /**
   * All results of a study in a data folder: those of a run, {@code runs/NAME}, and the published
   * ones, {@code results/NAME}.
   */
  public static TrialFiles of(Path data, String study) {
    return in(data.resolve("runs").resolve(study), data.resolve("results").resolve(study));
  }

  /** The ids of the finished trials, sorted. A trial with a damaged part is not finished. */
  public List<String> finished() {
    Set<String> ids = new TreeSet<>();
    runs.forEach(
        run ->
            ids(run.resolve("parts"), ".csv").stream()
                .filter(id -> whole(run, id).isPresent())
                .forEach(ids::add));
    published.forEach(each -> ids.addAll(each.ids()));
    return List.copyOf(ids);
  }

  /** The ids of the failed trials, sorted. */
  public List<String> failed() {
    Set<String> ids = new TreeSet<>();
    runs.forEach(run -> ids.addAll(ids(run.resolve("failed"), ".txt")));
    return List.copyOf(ids);
  }

  /**
   * The part files that are empty, cut or of another form, for instance from another version of the
   * toolkit. A part is also cut if it lacks a score of the trial's items.
   */
  public List<Path> damaged() {
    List<Path> damaged = new ArrayList<>();
    for (Path run : runs) {
      for (String id : ids(run.resolve("parts"), ".csv")) {
        if (whole(run, id).filter(rows -> hasAllScores(run, id, rows)).isEmpty()) {
          damaged.add(part(run, id));
        }
      }
    }
    return damaged;
  }

  private static Path part(Path run, String id) {
    return run.resolve("parts").resolve(id + ".csv");
  }

  /** The lines of a part that has the header of a part, and whole lines of this trial. */
  private static Optional<List<Map<String, String>>> whole(Path run, String id) {
    Path part = part(run, id);
    try {
      List<Map<String, String>> rows = RecordCsv.read(part);
      boolean ofTrial =
          rows.stream()
              .allMatch(
                  row ->
                      List.copyOf(row.keySet()).equals(TrialOutput.COLUMNS)
                          && id.equals(row.get("trial")));
      return ofTrial && !rows.isEmpty() && Files.readString(part).endsWith("\n")
          ? Optional.of(rows)
          : Optional.empty();
    } catch (IOException | UncheckedIOException e) {
      return Optional.empty();
    }
  }

  private static boolean hasAllScores(Path run, String id, List<Map<String, String>> rows) {
    try {
      List<Outcome> items = in(run).items(id);
      return items.isEmpty() || Aggregate.of(items).size() == rows.size();
    } catch (RuntimeException e) {
      return false; // the items are damaged, too
    }
  }

  /** The names of a folder's files with an ending, without it, sorted; none if it is missing. */
  static List<String> ids(Path files, String ending) {
    if (!Files.isDirectory(files)) {
      return List.of();
    }
    try (Stream<Path> all = Files.list(files)) {
      return all.map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(ending))
          .map(name -> name.substring(0, name.length() - ending.length()))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(files + " cannot be listed: " + e.getMessage(), e);
    }
  }

  /** The rows of a finished trial, as text by column. */
  public List<Map<String, String>> rows(String id) {
    for (Path run : runs) {
      Optional<List<Map<String, String>>> rows = whole(run, id);
      if (rows.isPresent()) {
        return rows.get();
      }
    }
    return published.stream()
        .filter(each -> each.ids().contains(id))
        .findFirst()
        .map(each -> each.rows().get(id))
        .orElse(List.of());
  }

  /**
   * All rows as a CSV table: a line for each metric of a trial, with all columns of the trial. It
   * is meant to be parsed, not to be opened as a spreadsheet.
   */
  public String table() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      RecordCsv.writePlain(
          bytes,
          TrialOutput.COLUMNS,
          finished().stream().flatMap(id -> rows(id).stream()).toList());
    } catch (IOException e) {
      throw new UncheckedIOException("Memory can always be written", e);
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  /** The scores of a trial's items; empty if they were not kept. */
  public List<Outcome> items(String id) {
    for (Path run : runs) {
      Path file = run.resolve("items").resolve(id + ".csv.gz");
      if (Files.isRegularFile(file)) {
        return RecordCsv.read(file).stream()
            .map(
                row ->
                    new Outcome(
                        row.get("task"),
                        row.get("item"),
                        row.get("metric"),
                        real(row.get("value"))))
            .toList();
      }
    }
    return published.stream()
        .map(each -> each.items(id))
        .filter(items -> !items.isEmpty())
        .findFirst()
        .orElse(List.of());
  }

  /** Whether scores of items were kept. */
  public boolean hasItems() {
    return published.stream().anyMatch(PublishedStudy::hasItems)
        || runs.stream().anyMatch(run -> Files.isDirectory(run.resolve("items")));
  }

  /** The reports on a trial's compressed linear layers; empty for the uncompressed model. */
  public List<LayerReport> layers(String id) {
    for (Path run : runs) {
      Path file = run.resolve("layers").resolve(id + ".csv");
      if (Files.isRegularFile(file)) {
        return RecordCsv.read(file).stream().map(row -> layer(row.get("linear"), row)).toList();
      }
    }
    return published.stream()
        .map(each -> each.layers(id))
        .filter(layers -> !layers.isEmpty())
        .findFirst()
        .orElse(List.of());
  }

  static LayerReport layer(String linear, Map<String, String> cells) {
    return new LayerReport(
        linear,
        Long.parseLong(cells.get("rows")),
        Long.parseLong(cells.get("columns")),
        real(cells.get("error")),
        real(cells.get("relative_error")),
        real(cells.get("bits_per_weight")),
        real(cells.get("sparsity")),
        cells.getOrDefault("note", ""),
        real(cells.get("seconds")));
  }

  private static double real(String cell) {
    return cell == null || cell.isEmpty() ? Double.NaN : Double.parseDouble(cell);
  }

  /** The samples of a calibration set, by its fingerprint; empty if they were not kept. */
  public List<TrialOutput.CalibrationRow> calibration(String fingerprint) {
    for (Path run : runs) {
      Path file = run.resolve("calibration").resolve(fingerprint + ".csv");
      if (Files.isRegularFile(file)) {
        return RecordCsv.read(file).stream()
            .map(
                row ->
                    new TrialOutput.CalibrationRow(
                        Integer.parseInt(row.get("sample")),
                        row.get("source"),
                        row.get("document"),
                        Integer.parseInt(row.get("tokens"))))
            .toList();
      }
    }
    return published.stream()
        .map(each -> each.calibration(fingerprint))
        .filter(samples -> !samples.isEmpty())
        .findFirst()
        .orElse(List.of());
  }

  /** The scored items of all folders. */
  List<ScoredItem> scoredItems() {
    Set<ScoredItem> all = new LinkedHashSet<>();
    published.forEach(each -> all.addAll(each.scoredItems()));
    runs.forEach(run -> all.addAll(scoredItems(run.resolve("scored_items.csv"))));
    return List.copyOf(all);
  }

  /**
   * The models of a run, as {@code models.csv} notes them.
   *
   * @param run the folder of the run
   * @return by name; empty if an earlier version wrote the folder
   * @throws UncheckedIOException if the file is damaged
   */
  static Map<String, ModelFiles> models(Path run) {
    Map<String, ModelFiles> models = new TreeMap<>();
    Path file = run.resolve(MODELS);
    if (Files.isRegularFile(file)) {
      try (InputStream in = Files.newInputStream(file)) {
        RecordCsv.records(ModelFiles.class, in).forEach(each -> models.put(each.model(), each));
      } catch (IOException e) {
        throw new UncheckedIOException(
            "%s is damaged. If no model has changed since, delete this file: %s"
                .formatted(file, e.getMessage()),
            e);
      }
    }
    return models;
  }

  /**
   * Checks that trials ran with a model.
   *
   * @param noted what was noted of their model; null if nothing was
   * @param run their folder
   * @param remedy what to do, for the message
   * @throws IllegalArgumentException if the two differ; the message names the files
   */
  static void requireSame(ModelFiles model, ModelFiles noted, Path run, String remedy) {
    if (noted != null && !model.equals(noted)) {
      throw new IllegalArgumentException(
          "The model %s is not the one that the trials in %s ran with: other %s. %s"
              .formatted(model.model(), run, String.join(", ", model.differences(noted)), remedy));
    }
  }

  static List<ScoredItem> scoredItems(Path file) {
    return Files.isRegularFile(file)
        ? RecordCsv.read(file).stream()
            .map(
                row ->
                    new ScoredItem(
                        row.get("task"),
                        row.get("task_version"),
                        row.get("item"),
                        row.get("sha256")))
            .toList()
        : List.of();
  }

  /** Seconds that a finished trial took to compress and to evaluate. */
  public double seconds(String id) {
    Map<String, Double> byTask = new TreeMap<>();
    double compressing = 0;
    for (Map<String, String> row : rows(id)) {
      byTask.put(row.get("task") + row.get("evaluation_length"), number(row, "seconds_evaluate"));
      compressing = number(row, "seconds_compress");
    }
    return compressing + byTask.values().stream().mapToDouble(Double::doubleValue).sum();
  }

  /** The kind of device on which a finished trial ran: {@code cpu} or {@code gpu}. */
  public String deviceType(String id) {
    return rows(id).get(0).getOrDefault("device", "").split(" ", 2)[0];
  }

  /**
   * Mean seconds that finished trials took to choose their calibration sets; empty if none chose
   * any.
   */
  public OptionalDouble secondsToSelect() {
    return finished().stream()
        .map(id -> rows(id).get(0))
        .filter(row -> !row.getOrDefault("seconds_select", "").isEmpty())
        .mapToDouble(row -> number(row, "seconds_select"))
        .average();
  }

  private static double number(Map<String, String> row, String column) {
    String cell = row.getOrDefault(column, "");
    return cell.isEmpty() ? 0 : Double.parseDouble(cell);
  }

  /** Copies a finished trial into the folder of a study's run, with its part last. */
  void copyFinished(String id, Study study, Path into) throws IOException {
    List<Map<String, String>> rows = new ArrayList<>();
    for (Map<String, String> recorded : rows(id)) {
      Map<String, String> row = new LinkedHashMap<>(recorded);
      row.put("study", study.name());
      rows.add(row);
    }
    String set = rows.get(0).getOrDefault("calibration_fingerprint", "");
    TrialOutput.of(id, rows, items(id), layers(id), set.isEmpty() ? List.of() : calibration(set))
        .write(into, "");
    Files.deleteIfExists(into.resolve("failed").resolve(id + ".txt"));
  }

  /** Copies the list of scored items into another folder. */
  void copyScoredItems(Path into) throws IOException {
    List<ScoredItem> items = scoredItems();
    if (!items.isEmpty()) {
      WholeFile.write(
          into.resolve("scored_items.csv"), new RecordCsv<>(ScoredItem.class, items)::write);
    }
  }

  /** Copies the note of a failure into another folder. */
  void copyFailed(String id, Path into) throws IOException {
    String name = "failed/" + id + ".txt";
    for (Path run : runs) {
      if (Files.isRegularFile(run.resolve(name))) {
        WholeFile.write(into.resolve(name), out -> Files.copy(run.resolve(name), out));
      }
    }
  }
}
