package tare.evaluate;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The score of a model in one metric of one task.
 *
 * @param task name of the task
 * @param metric {@code acc}, {@code acc_norm}, {@code nll} or {@code perplexity}
 * @param value the mean over the items; for {@code perplexity} the exponential of the mean of
 *     {@code nll}
 * @param standardError sample standard deviation (n - 1) over the square root of n, as in
 *     lm-evaluation-harness; for {@code perplexity} that of {@code nll} times the perplexity (delta
 *     method); not a number for a single item
 * @param items how many items
 */
public record Aggregate(String task, String metric, double value, double standardError, int items) {

  /** One aggregate per task and metric, in the order of first appearance. */
  public static List<Aggregate> of(List<Outcome> outcomes) {
    record Key(String task, String metric) {}
    Map<Key, List<Double>> values = new LinkedHashMap<>();
    for (Outcome outcome : outcomes) {
      values
          .computeIfAbsent(new Key(outcome.task(), outcome.metric()), unseen -> new ArrayList<>())
          .add(outcome.value());
    }
    List<Aggregate> aggregates = new ArrayList<>();
    values.forEach(
        (key, of) -> {
          Aggregate mean = mean(key.task(), key.metric(), of);
          aggregates.add(mean);
          if (key.metric().equals("nll")) {
            aggregates.add(mean.perplexity());
          }
        });
    return aggregates;
  }

  private static Aggregate mean(String task, String metric, List<Double> values) {
    int items = values.size();
    double mean = values.stream().mapToDouble(Double::doubleValue).sum() / items;
    double squares = values.stream().mapToDouble(v -> (v - mean) * (v - mean)).sum();
    return new Aggregate(task, metric, mean, Math.sqrt(squares / (items - 1) / items), items);
  }

  private Aggregate perplexity() {
    double perplexity = Math.exp(value);
    return new Aggregate(task, "perplexity", perplexity, perplexity * standardError, items);
  }
}
