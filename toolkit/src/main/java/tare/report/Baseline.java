package tare.report;

import java.util.List;
import java.util.Map;
import tech.tablesaw.api.Table;

/**
 * Looks up scores of the uncompressed model, which every compressed model's score is compared with.
 */
public final class Baseline {

  private final Map<List<String>, List<Double>> scores;

  public Baseline(Table results) {
    scores = Grouped.values(Grouped.baselineRows(results), "model", "task", "metric");
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
