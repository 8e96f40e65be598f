package tare.select.activation;

import java.util.Set;
import java.util.random.RandomGenerator;
import tare.model.generation.Sampling;
import tare.model.generation.TokenRule;

/**
 * Draws tokens from the model's own distribution, at a temperature that falls over the first tokens
 * of each document: τ_t = τ_0 + (τ_1 − τ_0) · min(t − 1, n) / n. After a token that ends a
 * document, the next document begins; its first token is the model's begin token, if the model has
 * one of its own.
 *
 * @param first τ_0
 * @param then τ_1
 * @param over n
 * @param begin the token that begins a document
 * @param ends the tokens that end a document
 */
public record DocumentRule(double first, double then, int over, int begin, Set<Integer> ends)
    implements TokenRule {

  @Override
  public int choose(float[] logits, int[] before, RandomGenerator random) {
    int last = before.length - 1;
    boolean ended = ends.contains(before[last]) && before[last] != begin;
    if (ended && last > 0) {
      return begin;
    }
    int start = last;
    while (start > 0 && before[start] != begin && !ends.contains(before[start])) {
      start--;
    }
    int t = before.length - start; // t: number of tokens of this document so far
    double temperature = first + (then - first) * Math.min(t, over) / over;
    return Sampling.at(temperature).choose(logits, before, random);
  }
}
