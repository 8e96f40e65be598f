package tare.adapt;

import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import tare.evaluate.Aggregate;

/**
 * What is reported of a model and takes no part in any choice.
 *
 * @param model {@link #ORIGINAL}, {@link #RESULT}, or the name of a candidate
 * @param kl KL(original ‖ model) in nats of each window of the reporting part, by target; empty for
 *     the original
 * @param domains the same on held-back text of the pool, by corpus; empty for the original
 * @param scores perplexity on each reporting part, and the scores on the tasks' test items
 * @param truncated requests of the test items that were cut on the left to fit the model's context
 * @param seconds duration
 */
public record Measured(
    String model,
    Map<String, List<Double>> kl,
    Map<String, List<Double>> domains,
    List<Aggregate> scores,
    int truncated,
    double seconds) {

  /** Name of the uncompressed model. */
  public static final String ORIGINAL = "original";

  /** Name of the model that was written, opened from its folder. */
  public static final String RESULT = "result";

  /** A score, if it was measured. */
  public OptionalDouble score(String task, String metric) {
    return scores.stream()
        .filter(each -> each.task().equals(task) && each.metric().equals(metric))
        .mapToDouble(Aggregate::value)
        .findFirst();
  }

  /** The weighted mean of the targets' mean KL on the reporting part, in nats. */
  public double kl(Map<String, Double> weights) {
    return Scored.mean(kl, weights);
  }

  /** The measures of one of these models. */
  static Measured named(List<Measured> measured, String model) {
    return measured.stream().filter(each -> each.model().equals(model)).findFirst().orElseThrow();
  }
}
