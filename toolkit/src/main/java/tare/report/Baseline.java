package tare.report;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import tare.evaluate.MultipleChoice;
import tech.tablesaw.api.Table;
import tech.tablesaw.selection.Selection;

/**
 * Looks up scores of the uncompressed model, which every compressed model's score is compared with.
 */
public final class Baseline {

  private final Map<List<String>, List<Double>> scores;

  public Baseline(Table results) {
    scores = Grouped.values(Grouped.baselineRows(results), "model", "task", "metric");
  }

  /**
   * The rows without those metrics that the uncompressed model lacks, because it was recorded
   * before they existed.
   *
   * @param results rows with the columns of {@code results.csv}
   */
  public static Table comparable(Table results) {
    Set<List<String>> known =
        Grouped.values(Grouped.baselineRows(results), "model", "task", "metric").keySet();
    int[] rows =
        IntStream.range(0, results.rowCount())
            .filter(
                row ->
                    !MultipleChoice.LATER.contains(results.stringColumn("metric").get(row))
                        || known.contains(
                            Stream.of("model", "task", "metric")
                                .map(name -> results.stringColumn(name).get(row))
                                .toList()))
            .toArray();
    return results.where(Selection.with(rows));
  }

  /**
   * The score of one model on one task.
   *
   * @throws IllegalArgumentException if there is none, or there are several that differ
   */
  public double of(String model, String task, String metric) {
    List<Double> found = scores.getOrDefault(List.of(model, task, metric), List.of());
    if (found.isEmpty()) {
      throw new IllegalArgumentException(
          "There is no baseline row (method none) for %s, %s, %s. Score the uncompressed model too."
              .formatted(model, task, metric));
    }
    if (found.stream().distinct().count() > 1) {
      throw new IllegalArgumentException(
          "The baseline rows for %s, %s, %s differ: %s. Keep the rows of one evaluation setting."
              .formatted(model, task, metric, found));
    }
    return found.get(0);
  }
}
