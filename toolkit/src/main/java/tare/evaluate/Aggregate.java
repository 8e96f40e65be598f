package tare.evaluate;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A model's score in one metric of one task.
 *
 * @param task name of the task
 * @param metric {@code acc}, {@code acc_norm}, {@code margin}, {@code margin_norm}, {@code nll} or
 *     {@code perplexity}; for whole texts {@code word_perplexity}, {@code byte_perplexity} and
 *     {@code bits_per_byte}; for instructions {@code inst_level_strict_acc}
 * @param value the mean over the items; {@code perplexity} is the exponential of the mean {@code
 *     nll}; for whole texts, the ratio of all nats to all words or bytes determines the value
 * @param standardError sample standard deviation (n - 1) over the square root of n, as in
 *     lm-evaluation-harness. For a task of several parts, deviations are taken from the mean of the
 *     part. For {@code perplexity} it is the standard error of {@code nll} times the perplexity
 *     (delta method); for whole texts and instructions it comes from the ratio in the same way. A
 *     single item has no standard error (NaN).
 * @param items number of items
 */
public record Aggregate(String task, String metric, double value, double standardError, int items) {

  /** Computes one aggregate per task and metric, in the order of first appearance. */
  public static List<Aggregate> of(List<Outcome> outcomes) {
    record Key(String task, String metric) {}
    Map<Key, List<Outcome>> values = new LinkedHashMap<>();
    for (Outcome outcome : outcomes) {
      values
          .computeIfAbsent(new Key(outcome.task(), outcome.metric()), unseen -> new ArrayList<>())
          .add(outcome);
    }
    List<Aggregate> aggregates = new ArrayList<>();
    values.forEach(
        (key, of) -> {
          if (key.metric().equals("nats")) {
            List<Outcome> words = values.get(new Key(key.task(), "words"));
            List<Outcome> bytes = values.get(new Key(key.task(), "bytes"));
            aggregates.add(ratio(key.task(), "nats", of, words).exponential("word_perplexity"));
            aggregates.add(ratio(key.task(), "nats", of, bytes).exponential("byte_perplexity"));
            aggregates.add(ratio(key.task(), "nats", of, bytes).bits());
            return;
          }
          if (key.metric().equals("followed")) {
            List<Outcome> given = values.get(new Key(key.task(), "instructions"));
            aggregates.add(ratio(key.task(), "inst_level_strict_acc", of, given));
            return;
          }
          if (List.of("words", "bytes", "instructions").contains(key.metric())) {
            return;
          }
          Aggregate mean = mean(key.task(), key.metric(), of);
          aggregates.add(mean);
          if (key.metric().equals("nll")) {
            aggregates.add(mean.exponential("perplexity"));
          }
        });
    return aggregates;
  }

  private static Aggregate mean(String task, String metric, List<Outcome> outcomes) {
    int items = outcomes.size();
    Map<String, List<Outcome>> parts =
        outcomes.stream().collect(Collectors.groupingBy(outcome -> part(outcome.item())));
    double squares = parts.values().stream().mapToDouble(Aggregate::squares).sum();
    double error = Math.sqrt(squares / (items - parts.size()) / items);
    return new Aggregate(task, metric, mean(outcomes), error, items);
  }

  /**
   * The part of the task that an item belongs to: {@code astronomy} for {@code astronomy/00003}.
   */
  private static String part(String item) {
    return item.substring(0, Math.max(0, item.indexOf('/')));
  }

  private static double mean(List<Outcome> outcomes) {
    return outcomes.stream().mapToDouble(Outcome::value).sum() / outcomes.size();
  }

  private static double squares(List<Outcome> outcomes) {
    double mean = mean(outcomes);
    return outcomes.stream()
        .mapToDouble(each -> (each.value() - mean) * (each.value() - mean))
        .sum();
  }

  /**
   * The ratio of the sum of x to the sum of w. Its standard error is the standard error of x −
   * ratio · w, divided by the mean of w (Cochran 1977, equation 6.13).
   */
  private static Aggregate ratio(String task, String metric, List<Outcome> x, List<Outcome> w) {
    int items = x.size();
    double weight = mean(w) * items;
    double ratio = mean(x) / mean(w);
    double squares = 0;
    for (int i = 0; i < items; i++) {
      squares += Math.pow(x.get(i).value() - ratio * w.get(i).value(), 2);
    }
    double error = Math.sqrt(squares / (items - 1) / items) / (weight / items);
    return new Aggregate(task, metric, ratio, error, items);
  }

  private Aggregate exponential(String name) {
    double perplexity = Math.exp(value);
    return new Aggregate(task, name, perplexity, perplexity * standardError, items);
  }

  private Aggregate bits() {
    return new Aggregate(
        task, "bits_per_byte", value / Math.log(2), standardError / Math.log(2), items);
  }
}
