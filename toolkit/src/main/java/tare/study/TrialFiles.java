package tare.study;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.stream.Stream;
import tare.data.WholeFile;

/**
 * What is in a folder of results, to be read; another process may be writing it.
 *
 * @param folder as {@link ResultFolder} makes it; it need not be there
 */
public record TrialFiles(Path folder) {

  /** The ids of the finished trials, sorted. */
  public List<String> finished() {
    return ids("parts", ".csv");
  }

  /** The ids of the trials that are noted as failed, sorted. */
  public List<String> failed() {
    return ids("failed", ".txt");
  }

  private List<String> ids(String kind, String ending) {
    Path files = folder.resolve(kind);
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
  List<Map<String, String>> rows(String id) {
    return CsvRows.read(folder.resolve("parts").resolve(id + ".csv"));
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

  /** Mean seconds that finished trials took to choose their calibration sets; none if none has. */
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

  /** Copies a finished trial into another folder, its part last. */
  void copyFinished(String id, Path into) throws IOException {
    copy("items/" + id + ".csv.gz", into);
    copy("layers/" + id + ".csv", into);
    for (Map<String, String> row : rows(id)) {
      copy("calibration/" + row.get("calibration_fingerprint") + ".csv", into);
    }
    copy("parts/" + id + ".csv", into);
    Files.deleteIfExists(into.resolve("failed").resolve(id + ".txt"));
  }

  /** Copies the list of the items that are scored into another folder. */
  void copyScoredItems(Path into) throws IOException {
    copy("scored_items.csv", into);
  }

  /** Copies the note of a failure into another folder. */
  void copyFailed(String id, Path into) throws IOException {
    copy("failed/" + id + ".txt", into);
  }

  private void copy(String name, Path into) throws IOException {
    Path from = folder.resolve(name);
    Path to = into.resolve(name);
    if (Files.isRegularFile(from) && !(name.startsWith("calibration") && Files.exists(to))) {
      WholeFile.write(to, out -> Files.copy(from, out));
    }
  }
}
