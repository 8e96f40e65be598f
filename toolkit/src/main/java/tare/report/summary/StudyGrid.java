package tare.report.summary;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import tare.report.Grouped;
import tech.tablesaw.api.Table;

/**
 * Finds out what the results of one model vary.
 *
 * @param tasksOf the tasks of each metric
 * @param calibrated methods with calibration sets
 * @param corpora number of corpora
 * @param selectors number of selectors
 * @param counts number of different numbers of samples
 * @param lengths number of different sample lengths
 * @param sets smallest number of calibration sets of a method, corpus, selector and budget
 */
record StudyGrid(
    Map<String, List<String>> tasksOf,
    List<String> calibrated,
    int corpora,
    int selectors,
    int counts,
    int lengths,
    int sets) {

  /** Computes the grid of rows. */
  static StudyGrid of(Table rows) {
    Map<String, List<String>> tasks = new TreeMap<>();
    for (String metric : rows.stringColumn("metric").unique()) {
      tasks.put(
          metric,
          rows
              .where(rows.stringColumn("metric").isEqualTo(metric))
              .stringColumn("task")
              .unique()
              .asList()
              .stream()
              .sorted()
              .toList());
    }
    Table used = rows.where(rows.stringColumn("calibration_fingerprint").isNotEqualTo(""));
    Map<List<String>, Set<String>> sets = new TreeMap<>(Grouped.inOrder());
    for (int row = 0; row < used.rowCount(); row++) {
      int at = row;
      List<String> condition = new ArrayList<>();
      Stream.of("method", "corpus", "samples", "tokens_per_sample")
          .forEach(column -> condition.add(used.column(column).getString(at)));
      condition.add(used.stringColumn("selector_label").get(row));
      sets.computeIfAbsent(condition, key -> new TreeSet<>())
          .add(used.stringColumn("calibration_fingerprint").get(row));
    }
    return new StudyGrid(
        tasks,
        used.stringColumn("method").unique().asList().stream().sorted().toList(),
        used.stringColumn("corpus").countUnique(),
        used.stringColumn("selector_label").countUnique(),
        used.column("samples").countUnique(),
        used.column("tokens_per_sample").countUnique(),
        sets.values().stream().mapToInt(Set::size).min().orElse(0));
  }

  /** The tasks of a metric, sorted. */
  List<String> tasks(String metric) {
    return tasksOf.getOrDefault(metric, List.of());
  }

  /** Whether all calibration sets have the same size. */
  boolean isOneBudget() {
    return counts <= 1 && lengths <= 1;
  }

  /** Number of corpora or selectors, whichever are compared. */
  int sources() {
    return Math.max(corpora, selectors);
  }
}
