package tare.adapt;

import java.util.List;
import java.util.Map;

/**
 * What a candidate's compressed model does on the deciding part: the whole model, or the model of
 * which only the first blocks are compressed.
 *
 * @param contender the candidate's name
 * @param blocks number of compressed blocks
 * @param kl KL(original ‖ model) in nats, the mean over the predictions of each window, by target
 * @param loss the squared change of the outputs of the compressed layers on each window, relative
 *     to the outputs of all windows and summed over the layers, by target
 * @param total tr(ΔW H ΔWᵀ) summed over the compressed layers, where H is the Gram matrix of the
 *     deciding part in the original model
 * @param seconds duration of compressing and scoring in this round
 */
public record Scored(
    String contender,
    int blocks,
    Map<String, List<Double>> kl,
    Map<String, List<Double>> loss,
    double total,
    double seconds) {

  /** The weighted mean of the targets' mean KL, in nats. */
  public double kl(Map<String, Double> weights) {
    return mean(kl, weights);
  }

  /** The weighted mean of the targets' mean loss. */
  public double loss(Map<String, Double> weights) {
    return mean(loss, weights);
  }

  static double mean(Map<String, List<Double>> windows, Map<String, Double> weights) {
    double sum = 0;
    for (Map.Entry<String, Double> target : weights.entrySet()) {
      sum +=
          target.getValue()
              * windows.get(target.getKey()).stream()
                  .mapToDouble(each -> each)
                  .average()
                  .orElseThrow();
    }
    return sum;
  }
}
