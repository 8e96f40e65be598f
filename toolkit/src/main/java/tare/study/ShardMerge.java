package tare.study;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tare.evaluate.MultipleChoice;
import tare.model.Precision;
import tare.model.generation.ModelFiles;

/**
 * Merges the results of one study from several folders. Merged shards equal the results of a single
 * run, except for times and the names of machines. Neither models nor data are needed.
 */
public final class ShardMerge {

  /** Columns that may differ between two runs of one trial. */
  private static final Set<String> OF_MACHINE =
      Set.of(
          "seconds_select",
          "seconds_compress",
          "seconds_evaluate",
          "peak_memory_mib",
          "toolkit_version",
          "engine",
          "device",
          "finished_utc");

  private ShardMerge() {}

  /**
   * The result of a merge.
   *
   * @param study the study of all folders
   * @param trials number of finished trials in the merged folder
   * @param failed number of trials that failed and are done nowhere
   * @param damaged part files that are empty, cut or of another form, which are left out
   * @param table the table of all results
   */
  public record Merged(Study study, int trials, int failed, List<Path> damaged, Path table) {}

  /**
   * Copies the results of all folders into one. Nothing is written unless all folders fit together.
   *
   * @param out made if it is missing; results that it already holds stay, and count as one of the
   *     folders
   * @param folders folders of runs, see {@link ResultFolder}, or of published results
   * @throws IllegalArgumentException if a folder holds no results or those of another study, two
   *     folders disagree on a trial or on a model's files, or trials were evaluated in different
   *     precisions; the message names them
   */
  public static Merged merge(Path out, List<Path> folders) {
    List<Path> all = new ArrayList<>();
    if (Files.isRegularFile(out.resolve("study.json"))) {
      all.add(out);
    }
    all.addAll(folders);
    Study study = common(all);
    List<ModelFiles> models = models(all);
    Map<String, Path> done = new TreeMap<>();
    Map<String, String> precisions = new LinkedHashMap<>();
    Map<Path, TrialFiles> read = new HashMap<>();
    for (Path folder : all) {
      TrialFiles files = read.computeIfAbsent(folder, TrialFiles::in);
      for (String id : files.finished()) {
        Path before = done.putIfAbsent(id, folder);
        if (before != null) {
          List<Map<String, String>> known = read.get(before).rows(id);
          requireSame(id, before, known, folder, files.rows(id));
          if (files.rows(id).size() > known.size()) {
            done.put(id, folder);
          }
        }
        files.rows(id).forEach(row -> precisions.putIfAbsent(row.get("evaluation_precision"), id));
      }
    }
    if (precisions.size() > 1) {
      throw new IllegalArgumentException(
          "The trials were evaluated in different precisions %s, so their scores are not comparable. Set precision in the study file to one of them, and run the other trials again."
              .formatted(precisions));
    }
    return copy(out, study, all, models, done);
  }

  /** The models of all folders that note them, which must not differ. */
  private static List<ModelFiles> models(List<Path> folders) {
    Map<String, ModelFiles> models = new TreeMap<>();
    Map<String, Path> from = new HashMap<>();
    for (Path folder : folders) {
      String remedy =
          "Those in %s ran with it, and only results of one model can be merged.".formatted(folder);
      TrialFiles.models(folder)
          .forEach(
              (name, ours) -> {
                Path before = from.putIfAbsent(name, folder);
                TrialFiles.requireSame(ours, models.putIfAbsent(name, ours), before, remedy);
              });
    }
    return List.copyOf(models.values());
  }

  private static Merged copy(
      Path out, Study study, List<Path> all, List<ModelFiles> models, Map<String, Path> done) {
    Set<String> failed = new TreeSet<>();
    Map<Path, TrialFiles> from = new HashMap<>();
    all.forEach(folder -> from.put(folder, TrialFiles.in(folder)));
    try (ResultFolder results = ResultFolder.open(out, study)) {
      results.requireModels(models);
      for (Map.Entry<String, Path> each : done.entrySet()) {
        if (!each.getValue().equals(out)) {
          from.get(each.getValue()).copyFinished(each.getKey(), study, out);
        }
      }
      for (Path folder : all) {
        TrialFiles files = from.get(folder);
        if (!folder.equals(out)) {
          files.copyScoredItems(out);
        }
        for (String id : files.failed()) {
          if (!done.containsKey(id) && failed.add(id) && !folder.equals(out)) {
            files.copyFailed(id, out);
          }
        }
      }
      results.concatenate();
      List<Path> damaged = new ArrayList<>(results.damaged());
      all.stream()
          .filter(each -> !each.equals(out))
          .forEach(each -> damaged.addAll(from.get(each).damaged()));
      return new Merged(study, done.size(), failed.size(), damaged, results.table());
    } catch (IOException e) {
      throw new UncheckedIOException(
          out
              + " cannot be written: "
              + e.getMessage()
              + ". Free some space there and merge again.",
          e);
    }
  }

  /** The study of all folders. */
  private static Study common(List<Path> folders) {
    Study first = null;
    for (Path folder : folders) {
      TrialFiles.requireStudy(folder);
      Study read = StudyFile.read(folder.resolve("study.json"));
      first = first == null ? read : fixedAs(read, first);
      Study study = fixedAs(first, read);
      List<String> different = StudyFile.differences(first, study);
      if (!different.isEmpty()) {
        throw new IllegalArgumentException(
            "%s and %s hold results of different studies: %s and %s differ in %s. Only shards of one study file can be merged."
                .formatted(
                    folders.get(0),
                    folder,
                    first.name(),
                    study.name(),
                    String.join(", ", different)));
      }
    }
    return first;
  }

  /** The second study, in the precision of the first one if no machine has fixed its own yet. */
  private static Study fixedAs(Study first, Study second) {
    return Precision.named(second.precision()) == Precision.AUTO
        ? second.in(Precision.named(first.precision()))
        : second;
  }

  /**
   * Checks that two folders agree on a common trial. One of them may lack a later metric of a task,
   * because it is older.
   *
   * @throws IllegalArgumentException if they disagree; the message names the columns
   */
  static void requireSame(
      String id,
      Path first,
      List<Map<String, String>> ours,
      Path second,
      List<Map<String, String>> theirs) {
    Set<String> different = new TreeSet<>();
    List<Map<String, String>> one = comparable(ours, theirs);
    List<Map<String, String>> two = comparable(theirs, ours);
    for (int row = 0; row < Math.min(one.size(), two.size()); row++) {
      Map<String, String> other = two.get(row);
      one.get(row)
          .forEach(
              (column, cell) -> {
                if (!OF_MACHINE.contains(column)
                    && !settled(column, cell).equals(settled(column, other.get(column)))) {
                  different.add(column);
                }
              });
    }
    if (one.size() != two.size()) {
      different.add("the number of rows");
    }
    if (!different.isEmpty()) {
      throw new IllegalArgumentException(
          "The trial %s is done in %s and in %s, but they differ in %s. Delete the trial in the folder that is wrong."
              .formatted(id, first, second, String.join(", ", different)));
    }
  }

  /** A cell without the notes of what choosing a set cost, which differs between machines. */
  private static String settled(String column, String cell) {
    return cell == null || !column.equals("notes")
        ? String.valueOf(cell)
        : Stream.of(cell.split("; ", -1))
            .filter(note -> !note.startsWith("choosing: "))
            .collect(Collectors.joining("; "));
  }

  /** The rows, without later metrics that the other rows lack. */
  private static List<Map<String, String>> comparable(
      List<Map<String, String>> rows, List<Map<String, String>> others) {
    Set<List<String>> known = new HashSet<>();
    others.forEach(row -> known.add(measure(row)));
    return rows.stream()
        .filter(
            row ->
                !MultipleChoice.LATER.contains(row.get("metric")) || known.contains(measure(row)))
        .toList();
  }

  private static List<String> measure(Map<String, String> row) {
    return List.of(row.get("task"), row.get("metric"));
  }
}
