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
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import tare.data.WholeFile;

/**
 * The results of one study in a folder. A trial is done if and only if {@code parts/<id>.csv} is
 * there, which is written last and only whole; so a process can be killed at any point and started
 * again. {@code results.csv} is the concatenation of the parts in the order of their names. Beside
 * it: {@code study.json}, {@code scored_items.csv}, {@code items/<id>.csv.gz}, {@code
 * layers/<id>.csv}, {@code calibration/<fingerprint>.csv} and {@code failed/<id>.txt}.
 */
public final class ResultFolder implements Results, AutoCloseable {

  private final Path folder;
  private final FileChannel lockFile;

  private ResultFolder(Path folder, FileChannel lockFile) {
    this.folder = folder;
    this.lockFile = lockFile;
  }

  /**
   * Opens or makes the folder of a study, and removes what a killed process left unfinished.
   *
   * @param folder for instance {@code data/results/sensitivity-small}
   * @param study the study
   * @param trials all its trials
   * @throws IllegalArgumentException if the folder belongs to another study, or to the same one
   *     with trials that it no longer has, or if another run has it open
   */
  public static ResultFolder open(Path folder, Study study, List<Trial> trials) {
    return open(folder, study, results -> results.requireKnown(study, trials));
  }

  /**
   * As the other method, but without a look at whether the results are the study's.
   *
   * @throws IllegalArgumentException if the folder belongs to another study, or another run has it
   *     open
   */
  static ResultFolder open(Path folder, Study study) {
    return open(folder, study, results -> {});
  }

  private static ResultFolder open(Path folder, Study study, Consumer<ResultFolder> check) {
    try {
      Files.createDirectories(folder.resolve("parts"));
      ResultFolder results = new ResultFolder(folder, lock(folder));
      try {
        results.requireSameName(study);
        check.accept(results);
        WholeFile.removeUnfinished(folder);
        results.write("study.json", out -> text(out, StudyFile.pretty(study)));
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

  /** Writes down which items are scored. */
  public void list(List<ScoredItem> items) {
    try {
      write("scored_items.csv", new RecordCsv<>(ScoredItem.class, items)::write);
    } catch (IOException e) {
      throw unwritable(folder, e);
    }
  }

  @Override
  public boolean has(Trial trial) {
    return Files.exists(part(trial));
  }

  @Override
  public void add(Trial trial, TrialResult result) {
    add(trial, TrialOutput.of(trial, result));
  }

  /** Keeps the files of a trial that was run elsewhere; from then on {@link #has} is true. */
  public void add(Trial trial, TrialOutput output) {
    try {
      output.write(folder, "");
    } catch (IOException e) {
      throw unwritable(folder, e);
    }
    added(trial);
  }

  /**
   * Takes a trial into the table whose files were written into this folder by another process.
   *
   * @throws IllegalArgumentException if its part is not there, as the other process writes to
   *     another file system
   */
  public void added(Trial trial) {
    if (!has(trial)) {
      throw new IllegalArgumentException(
          "The trial %s is done, but %s is not there: the worker does not see this folder. Let results be sent back (--results-by driver), or name a folder that all machines share."
              .formatted(trial.id(), part(trial)));
    }
    try {
      Files.deleteIfExists(failure(trial));
      concatenate();
    } catch (IOException e) {
      throw unwritable(folder, e);
    }
  }

  @Override
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

  /** The noted failures of the given trials, sorted. */
  public List<Path> failures(List<Trial> trials) {
    return trials.stream().map(this::failure).filter(Files::exists).sorted().toList();
  }

  /**
   * The number format in which finished trials were evaluated, if there are any: further ones must
   * have the same to be compared with them.
   */
  public Optional<String> precision() {
    TrialFiles files = new TrialFiles(folder);
    return files.finished().stream()
        .flatMap(id -> files.rows(id).stream())
        .map(row -> row.get("evaluation_precision"))
        .findFirst();
  }

  /** The folder. */
  public Path folder() {
    return folder;
  }

  /** Folder of the answers of models whose evaluation is not finished. */
  Path unfinished() {
    return folder.resolve("unfinished");
  }

  /** The table of all results. */
  public Path table() {
    return folder.resolve("results.csv");
  }

  /** Lets another process open the folder. */
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
      String other = StudyFile.name(written);
      if (!other.equals(study.name())) {
        throw new IllegalArgumentException(
            "%s holds the results of the study %s, not of %s: give another folder with --results."
                .formatted(folder, other, study.name()));
      }
    }
  }

  private void requireKnown(Study study, List<Trial> trials) {
    Set<String> known = new HashSet<>();
    trials.forEach(trial -> known.add(trial.id() + ".csv"));
    List<Path> strange =
        parts().stream().filter(part -> !known.contains(part.getFileName().toString())).toList();
    if (!strange.isEmpty()) {
      throw new IllegalArgumentException(
          "%s holds %d results that the study %s does not have, for instance %s; its settings, models or data have changed since. Give another folder with --results, or delete this one."
              .formatted(folder, strange.size(), study.name(), strange.get(0).getFileName()));
    }
  }

  private List<Path> parts() {
    return new TrialFiles(folder)
        .finished().stream().map(id -> folder.resolve("parts").resolve(id + ".csv")).toList();
  }

  /** Makes the table of all results anew. */
  void concatenate() throws IOException {
    List<Path> parts = parts();
    write(
        "results.csv",
        out -> {
          new RecordCsv<>(ResultRow.class, List.of()).write(out);
          for (Path part : parts) {
            String table = Files.readString(part);
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
        "Results cannot be written to %s: %s. Finished trials are kept; make room there and start again."
            .formatted(folder, e.getMessage()),
        e);
  }
}
