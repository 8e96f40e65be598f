package tare.evaluate.benchmark;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import tare.data.RowFile;
import tare.evaluate.Fields;

/**
 * The official files of a benchmark in a folder, as published or fetched. The name of a file tells
 * its side (see {@link TaskSide}). Of several configurations, the one that the task means is read
 * (see {@link Configurations}). A single file whose name tells no side is the test side.
 *
 * @param path the folder
 * @param columns the columns of a table without a heading; empty if tables have a heading
 */
record TaskFolder(Path path, List<String> columns) {

  /** A folder whose tables have a heading. */
  TaskFolder(Path path) {
    this(path, List.of());
  }

  /**
   * The files of a side, sorted by name; empty if there is none.
   *
   * @throws IllegalArgumentException if the folder holds several configurations or formats, of
   *     which none is known to be meant
   */
  List<Path> files(TaskSide side) {
    List<Path> all = all();
    List<Path> files = all.stream().filter(file -> side(file).equals(Optional.of(side))).toList();
    if (files.isEmpty() && side == TaskSide.TEST && all.size() == 1 && side(all.get(0)).isEmpty()) {
      return all;
    }
    long endings = files.stream().map(file -> ending(file)).distinct().count();
    if (endings > 1) {
      throw new IllegalArgumentException(
          "The %s side exists in several formats: %s. Keep one of them."
              .formatted(side.label(), files));
    }
    return files;
  }

  /**
   * The records of a side.
   *
   * @param content the text of a record, by which repeated files are found
   * @throws IllegalArgumentException if the side has no file, or a file holds only records of other
   *     files; the message names the folder or the file
   */
  List<Fields> records(TaskSide side, Function<Fields, String> content) {
    List<Path> files = files(side);
    if (files.isEmpty()) {
      throw new IllegalArgumentException(
          "%s holds no file of the %s side, such as %s.jsonl or %s.parquet."
              .formatted(path, side.label(), side.label(), side.label()));
    }
    List<Fields> records = files.stream().flatMap(file -> read(file).stream()).toList();
    if (records.isEmpty()) {
      throw new IllegalArgumentException(files + " holds no records.");
    }
    if (files.size() > 1) {
      requireOwn(records, side, content);
    }
    return records;
  }

  /** Refuses a file of which each record stands in other files: it would count twice. */
  private void requireOwn(List<Fields> records, TaskSide side, Function<Fields, String> content) {
    List<String> texts = records.stream().map(content).toList();
    Map<String, Set<String>> filesOf = new HashMap<>();
    for (int i = 0; i < texts.size(); i++) {
      filesOf.computeIfAbsent(texts.get(i), text -> new HashSet<>()).add(records.get(i).file());
    }
    Map<String, Boolean> repeated = new LinkedHashMap<>();
    for (int i = 0; i < texts.size(); i++) {
      boolean again = filesOf.get(texts.get(i)).size() > 1;
      repeated.merge(records.get(i).file(), again, Boolean::logicalAnd);
    }
    repeated.forEach(
        (file, all) -> {
          if (all) {
            throw new IllegalArgumentException(
                "%s holds only items that other files of the %s side in %s hold too, so they would"
                        .formatted(file, side.label(), path)
                    + " count twice. Keep one of the files.");
          }
        });
  }

  private List<Path> all() {
    if (!Files.isDirectory(path)) {
      return List.of();
    }
    return Configurations.meant(path, known());
  }

  private List<Path> known() {
    try (Stream<Path> files = Files.walk(path, FileVisitOption.FOLLOW_LINKS)) {
      return files
          .filter(file -> RowFile.isKnown(file) && !isAbout(path.relativize(file)))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(path + " cannot be read", e);
    }
  }

  /** Whether a file describes the data, or is hidden, as the files of git and of the Hub are. */
  private static boolean isAbout(Path file) {
    return file.toString().matches("(.*[/\\\\])?\\..*")
        || file.getFileName()
            .toString()
            .matches("(dataset_infos?|dataset_dict|state|croissant)\\.json|requirements.*\\.txt");
  }

  private static Optional<TaskSide> side(Path file) {
    return TaskSide.of(file.getFileName().toString());
  }

  private static String ending(Path file) {
    return file.getFileName().toString().replaceFirst(".*?(\\.\\w+(\\.(gz|zst))?)$", "$1");
  }

  /**
   * The records of one file, in any of the forms of {@link RowFile}. In tables with tabs a
   * quotation mark is an ordinary character. Each line of plain text is a record with the field
   * {@code text}.
   */
  private List<Fields> read(Path file) {
    try {
      List<Fields> records = new ArrayList<>();
      new RowFile(file, columns, false)
          .read((row, place) -> records.add(new Fields(row, file.toString(), place)));
      return withLabels(file, records);
    } catch (IOException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  /**
   * A list of answers beside a file ({@code valid-labels.lst} for {@code valid.jsonl}) becomes the
   * field {@code label}.
   */
  private static List<Fields> withLabels(Path file, List<Fields> records) throws IOException {
    String name = file.getFileName().toString();
    Path answers = file.resolveSibling(name.replaceFirst("\\..*", "") + "-labels.lst");
    if (!Files.isRegularFile(answers)) {
      return records;
    }
    List<String> labels = Files.readAllLines(answers);
    if (labels.size() != records.size()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s has %d answers, but %s has %d records.",
              answers,
              labels.size(),
              file,
              records.size()));
    }
    for (int i = 0; i < labels.size(); i++) {
      ((ObjectNode) records.get(i).json()).put("label", labels.get(i));
    }
    return records;
  }
}
