package tare.model.generation;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import tare.model.generation.Generation.TokenRule;

/**
 * The usual rule for the next token. Logits of tokens that have occurred are weakened, and all
 * logits are divided by the temperature. The {@code topK} most probable tokens are kept; among
 * these, the most probable ones that together reach probability {@code topP} (Holtzman et al. 2020,
 * section 3.1). One of the remaining tokens is drawn. Tokens with equal logits are kept or dropped
 * together.
 *
 * @param temperature divides the logits; 0 takes the most probable token, without chance
 * @param topK number of tokens that are kept; 0 keeps all
 * @param topP share of the probability that is kept, above 0 to 1
 * @param repetitionPenalty 1 for none; logits of tokens that have occurred are divided by it if
 *     positive, multiplied if negative (Keskar et al. 2019, section 4.1)
 */
public record Sampling(
    @JsonPropertyDescription("divides the logits when the model writes; 0 takes the best token")
        double temperature,
    @JsonPropertyDescription("how many tokens the model draws from; 0 for all") int topK,
    @JsonPropertyDescription("share of the probability that the model draws from") double topP,
    @JsonPropertyDescription("weakens tokens that were written before; 1 for none")
        double repetitionPenalty)
    implements TokenRule {

  /** Always takes the most probable token; of several, the one with the smallest id. */
  public static final Sampling GREEDY = new Sampling(0, 0, 1, 1);

  /** Checks the ranges. */
  public Sampling {
    if (!(temperature >= 0 && topK >= 0 && topP > 0 && topP <= 1 && repetitionPenalty > 0)) {
      throw new IllegalArgumentException(
          "Sampling needs temperature >= 0, topK >= 0, 0 < topP <= 1 and repetitionPenalty > 0, not"
              + " "
              + temperature
              + ", "
              + topK
              + ", "
              + topP
              + ", "
              + repetitionPenalty);
    }
  }

  /** Draws from the model's own distribution, sharpened or flattened by a temperature. */
  public static Sampling at(double temperature) {
    return new Sampling(temperature, 0, 1, 1);
  }

  @Override
  public int choose(float[] logits, int[] before, RandomGenerator random) {
    if (temperature == 0 && repetitionPenalty == 1) {
      return first(logits);
    }
    double[] scores = penalised(logits, before);
    double most = Arrays.stream(scores).max().orElseThrow();
    if (temperature == 0) {
      return IntStream.range(0, scores.length)
          .filter(id -> scores[id] == most)
          .findFirst()
          .orElse(0);
    }
    for (int id = 0; id < scores.length; id++) {
      scores[id] = (scores[id] - most) / temperature;
    }
    double least = leastKept(scores);
    double sum = 0;
    for (int id = 0; id < scores.length; id++) {
      sum += scores[id] >= least ? Math.exp(scores[id]) : 0;
      scores[id] = scores[id] >= least ? sum : -1; // sum up to this token
    }
    double drawn = random.nextDouble() * sum;
    int last = 0;
    for (int id = 0; id < scores.length; id++) {
      if (scores[id] > drawn) {
        return id;
      }
      last = scores[id] >= 0 ? id : last;
    }
    return last;
  }

  /** The first of the greatest. */
  private static int first(float[] logits) {
    int best = 0;
    for (int id = 1; id < logits.length; id++) {
      best = logits[id] > logits[best] ? id : best;
    }
    return best;
  }

  private double[] penalised(float[] logits, int[] before) {
    double[] scores = new double[logits.length];
    Arrays.setAll(scores, id -> logits[id]);
    if (repetitionPenalty != 1) {
      for (int id : before) {
        scores[id] =
            logits[id] > 0 ? logits[id] / repetitionPenalty : logits[id] * repetitionPenalty;
      }
    }
    return scores;
  }

  /** The lowest score that is kept. */
  private double leastKept(double[] scores) {
    if (topP == 1 && (topK == 0 || topK >= scores.length)) {
      return Double.NEGATIVE_INFINITY;
    }
    double[] sorted = scores.clone();
    Arrays.sort(sorted);
    int top = sorted.length - 1;
    double ofTopK = sorted[topK == 0 ? 0 : Math.max(0, sorted.length - topK)];
    double total = 0;
    for (int i = top; i >= 0 && sorted[i] >= ofTopK; i--) {
      total += Math.exp(sorted[i]);
    }
    double sum = Math.exp(sorted[top]);
    int i = top;
    while (sum < topP * total && i > 0 && sorted[i - 1] >= ofTopK) {
      i--;
      sum += Math.exp(sorted[i]);
    }
    return topP == 1 ? ofTopK : sorted[i];
  }
}
