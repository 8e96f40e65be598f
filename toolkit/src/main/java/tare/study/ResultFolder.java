package tare.study;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import tare.data.WholeFile;
import tare.model.Precision;
import tare.model.generation.ModelFiles;

/**
 * The folder into which a run of a study writes its results.
 *
 * <p>A trial is done if {@code parts/<id>.csv} exists. That file is written last and only as a
 * whole, so a process can be killed at any time and started again. A part that is damaged
 * nevertheless is set aside in {@code damaged/}, and its trial runs again. Published trials count
 * as done, too. {@code results.csv} is the concatenation of the parts in the order of their names.
 * Beside it are {@code study.json}, {@code models.csv} (see {@link ModelFiles}), {@code
 * scored_items.csv}, {@code items/<id>.csv.gz}, {@code layers/<id>.csv}, {@code
 * calibration/<fingerprint>.csv} and {@code failed/<id>.txt}. {@link PublishedStudy} turns all of
 * them but the models into a few files.
 */
public final class ResultFolder implements AutoCloseable {

  private static final String PUT_BACK =
      "Put these files back, or give another folder with --results.";

  private final Path folder;
  private final TrialFiles published;
  private final Set<String> publishedIds;
  private final FileChannel lockFile;
  private final List<Path> damaged = new ArrayList<>();
  private Study study;

  private ResultFolder(Path folder, TrialFiles published, Study study, FileChannel lockFile) {
    this.folder = folder;
    this.study = study;
    this.published = published;
    this.publishedIds = Set.copyOf(published.finished());
    this.lockFile = lockFile;
  }

  /**
   * Opens or makes the folder of a study, and removes incomplete files of a killed process.
   *
   * @param folder for instance {@code data/runs/sensitivity-small}
   * @param study the study
   * @param trials all its trials
   * @throws IllegalArgumentException if the folder belongs to another study, or to the same study
   *     with trials that it no longer has, or if another run has the folder open, or if it holds
   *     published results
   */
  public static ResultFolder open(Path folder, Study study, List<Trial> trials) {
    return open(folder, TrialFiles.in(), study, trials);
  }

  /**
   * Opens the folder of a study with published trials, which are not run again.
   *
   * @param published results of the study elsewhere
   */
  public static ResultFolder open(
      Path folder, TrialFiles published, Study study, List<Trial> trials) {
    return open(folder, published, study, results -> results.requireKnown(study, trials));
  }

  /**
   * Opens the folder of a study without comparing its results with the study.
   *
   * @throws IllegalArgumentException if the folder belongs to another study, or another run has it
   *     open
   */
  static ResultFolder open(Path folder, Study study) {
    return open(folder, TrialFiles.in(), study, results -> {});
  }

  private static ResultFolder open(
      Path folder, TrialFiles published, Study study, Consumer<ResultFolder> check) {
    if (PublishedStudy.isAt(folder)) {
      throw new IllegalArgumentException(
          folder
              + " holds published results, into which a run does not write. Give another folder"
              + " with --results.");
    }
    try {
      Files.createDirectories(folder.resolve("parts"));
      ResultFolder results = new ResultFolder(folder, published, study, lock(folder));
      try {
        results.requireSameName(study);
        results.setDamagedAside();
        results.study = results.asFixed(study);
        check.accept(results);
        WholeFile.removeUnfinished(folder);
        results.keep(results.study);
        results.concatenate();
      } catch (IOException | RuntimeException e) {
        results.close();
        throw e;
      }
      return results;
    } catch (IOException e) {
      throw unwritable(folder, e);
    }
  }

  /**
   * Checks that the trials here ran with the same models, and notes the models that are new here.
   * Call it before a trial runs.
   *
   * @param models the models of the study
   * @throws IllegalArgumentException if configuration, tokenizer, special tokens or chat template
   *     of one have changed since they were noted
   */
  public void requireModels(List<ModelFiles> models) {
    Map<String, ModelFiles> known = TrialFiles.models(folder);
    int before = known.size();
    models.forEach(
        model ->
            TrialFiles.requireSame(
                model, known.putIfAbsent(model.model(), model), folder, PUT_BACK));
    if (known.size() > before) {
      try {
        write(
            TrialFiles.MODELS,
            new RecordCsv<>(ModelFiles.class, List.copyOf(known.values()))::write);
      } catch (IOException e) {
        throw unwritable(folder, e);
      }
    }
  }

  /** Writes the list of scored items. */
  public void list(List<ScoredItem> items) {
    try {
      write("scored_items.csv", new RecordCsv<>(ScoredItem.class, items)::write);
    } catch (IOException e) {
      throw unwritable(folder, e);
    }
  }

  /** Whether the trial is done, in this folder or published. */
  public boolean has(Trial trial) {
    return Files.exists(part(trial)) || publishedIds.contains(trial.id());
  }

  /** Keeps the result of a trial; from then on {@link #has} is true. */
  public void add(Trial trial, TrialResult result) {
    add(trial, TrialOutput.of(trial, result));
  }

  /** Keeps the files of a trial that ran elsewhere; from then on {@link #has} is true. */
  public void add(Trial trial, TrialOutput output) {
    try {
      output.write(folder, "");
    } catch (IOException e) {
      throw unwritable(folder, e);
    }
    added(trial);
  }

  /**
   * Adds a trial to the table after another process has written its files into this folder.
   *
   * @throws IllegalArgumentException if its part is missing, because the other process writes to
   *     another file system
   */
  public void added(Trial trial) {
    if (!Files.exists(part(trial))) {
      throw new IllegalArgumentException(
          "The trial %s is done, but %s is missing: the worker does not see this folder. Let workers send results back (--results-by driver), or name a folder that all machines share."
              .formatted(trial.id(), part(trial)));
    }
    try {
      Files.deleteIfExists(failure(trial));
      concatenate();
    } catch (IOException e) {
      throw unwritable(folder, e);
    }
  }

  /**
   * Takes trials from other studies: those that are not done here, and that the others have
   * finished with the same model, method, calibration set and tasks.
   *
   * @param trials trials of this study
   * @param others results of other studies
   * @return number of trials that were taken
   * @throws IllegalArgumentException if one was evaluated in another precision than those here, or
   *     with another configuration, tokenizer or chat template
   */
  public int take(List<Trial> trials, TrialFiles others) {
    Set<String> known = Set.copyOf(others.finished());
    Map<String, ModelFiles> models = TrialFiles.models(folder);
    int taken = 0;
    try {
      for (Trial trial : trials) {
        if (!has(trial) && known.contains(trial.id())) {
          requirePrecision(trial.id(), others);
          requireModel(models.get(trial.model()), others);
          others.copyFinished(trial.id(), study, folder);
          taken++;
        }
      }
      concatenate();
    } catch (IOException e) {
      throw unwritable(folder, e);
    }
    return taken;
  }

  /** Checks that a model is the one of other folders, where both are noted. */
  private static void requireModel(ModelFiles model, TrialFiles others) {
    if (model != null) {
      for (Path other : others.folders()) {
        TrialFiles.requireSame(
            model,
            TrialFiles.models(other).get(model.model()),
            other,
            "Run the study without these results.");
      }
    }
  }

  private void requirePrecision(String id, TrialFiles others) {
    String theirs = others.rows(id).get(0).get("evaluation_precision");
    precision()
        .filter(ours -> ours != Precision.named(theirs))
        .ifPresent(
            ours -> {
              throw new IllegalArgumentException(
                  "The trial %s in %s was evaluated in %s, and this study runs in %s. Run the study without these results."
                      .formatted(id, others.folders(), theirs, ours.label()));
            });
  }

  /** Notes why a trial could not be done; it is tried again when the study is started again. */
  public void failed(Trial trial, Exception reason) {
    StringWriter trace = new StringWriter();
    reason.printStackTrace(new PrintWriter(trace));
    try {
      write(
          folder.relativize(failure(trial)).toString(),
          out -> text(out, StudyFile.pretty(trial) + "\n" + trace));
    } catch (IOException e) {
      throw unwritable(folder, e);
    }
  }

  /** The files that note failures of the given trials, sorted. */
  public List<Path> failures(List<Trial> trials) {
    return trials.stream().map(this::failure).filter(Files::exists).sorted().toList();
  }

  /**
   * The number format in which the trials are evaluated: that of the study, the one that was fixed
   * here, or that of the finished trials. Empty if the study leaves it open and none is known yet.
   */
  public Optional<Precision> precision() {
    Stream<Precision> evaluated =
        Stream.of(TrialFiles.in(folder), published)
            .flatMap(files -> files.finished().stream().map(id -> files.rows(id).get(0)))
            .map(row -> Precision.named(row.get("evaluation_precision")));
    return Stream.concat(Stream.of(Precision.named(study.precision())), evaluated)
        .filter(precision -> precision != Precision.AUTO)
        .findFirst();
  }

  /** Notes the precision that AUTO stands for, before the first trial runs. */
  public void fix(Precision precision) {
    try {
      keep(study.in(precision));
    } catch (IOException e) {
      throw unwritable(folder, e);
    }
  }

  private void keep(Study known) throws IOException {
    study = known;
    write("study.json", out -> text(out, StudyFile.pretty(known)));
  }

  /** The study in the precision that was fixed here before, if it leaves the precision open. */
  private Study asFixed(Study given) {
    Path written = folder.resolve("study.json");
    boolean isOpen = Precision.named(given.precision()) == Precision.AUTO;
    return isOpen && Files.exists(written)
        ? given.in(Precision.named(StudyFile.text(written, "precision")))
        : given;
  }

  /** The folder. */
  public Path folder() {
    return folder;
  }

  /** The folder with the answers of models whose evaluation is not finished. */
  Path unfinished() {
    return folder.resolve("unfinished");
  }

  /** The table of this folder's results. */
  public Path table() {
    return folder.resolve("results.csv");
  }

  /** Releases the folder, so that another process can open it. */
  @Override
  public void close() {
    try {
      lockFile.close();
    } catch (IOException e) {
      throw unwritable(folder, e);
    }
  }

  private Path part(Trial trial) {
    return folder.resolve("parts").resolve(trial.id() + ".csv");
  }

  private Path failure(Trial trial) {
    return folder.resolve("failed").resolve(trial.id() + ".txt");
  }

  private void requireSameName(Study study) {
    Path written = folder.resolve("study.json");
    if (Files.exists(written)) {
      String other = StudyFile.text(written, "name");
      if (!other.equals(study.name())) {
        throw new IllegalArgumentException(
            "%s holds the results of the study %s, not of %s: give another folder with --results."
                .formatted(folder, other, study.name()));
      }
    }
  }

  private void setDamagedAside() throws IOException {
    for (Path part : TrialFiles.in(folder).damaged()) {
      Path aside = Files.createDirectories(folder.resolve("damaged")).resolve(part.getFileName());
      Files.move(part, aside, StandardCopyOption.REPLACE_EXISTING);
      damaged.add(aside);
    }
  }

  /**
   * The part files that were empty, cut or of another form when the folder was opened. They were
   * set aside, and their trials count as not done.
   */
  public List<Path> damaged() {
    return List.copyOf(damaged);
  }

  private void requireKnown(Study study, List<Trial> trials) {
    Set<String> known = new HashSet<>();
    trials.forEach(trial -> known.add(trial.id()));
    List<String> here = strange(TrialFiles.in(folder), known);
    if (!here.isEmpty()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s holds %d results that the study %s does not have, for instance %s, because its settings, models or data have changed since. Give another folder with --results, or delete this one.",
              folder,
              here.size(),
              study.name(),
              here.get(0)));
    }
    List<String> there = strange(published, known);
    if (!there.isEmpty()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%d published results of the study %s belong to other settings, models or data, for instance %s. Give a folder with --results to run the study without them.",
              there.size(),
              study.name(),
              there.get(0)));
    }
  }

  private static List<String> strange(TrialFiles files, Set<String> known) {
    return files.finished().stream().filter(id -> !known.contains(id)).toList();
  }

  /** Writes the table of this folder's results anew. */
  void concatenate() throws IOException {
    List<String> ids = TrialFiles.ids(folder.resolve("parts"), ".csv"); // whole since open
    write(
        "results.csv",
        out -> {
          RecordCsv.writeRows(out, TrialOutput.COLUMNS, List.of());
          for (String id : ids) {
            String table = Files.readString(folder.resolve("parts").resolve(id + ".csv"));
            text(out, table.substring(table.indexOf('\n') + 1));
          }
        });
  }

  private void write(String name, WholeFile.Content content) throws IOException {
    WholeFile.write(folder.resolve(name), content);
  }

  private static void text(OutputStream out, String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.UTF_8));
  }

  private static FileChannel lock(Path folder) throws IOException {
    FileChannel channel =
        FileChannel.open(
            folder.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      FileLock lock = channel.tryLock();
      if (lock != null) {
        return channel;
      }
    } catch (OverlappingFileLockException e) {
      // the same answer as for another process, below
    }
    channel.close();
    throw new IllegalArgumentException(
        folder + " is being written by another run: wait for it, or give another --results.");
  }

  private static UncheckedIOException unwritable(Path folder, IOException e) {
    return new UncheckedIOException(
        "Results cannot be written to %s: %s. Finished trials are kept; free some space and start again."
            .formatted(folder, e.getMessage()),
        e);
  }
}
