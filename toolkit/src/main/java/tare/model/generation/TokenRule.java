package tare.model.generation;

import java.util.random.RandomGenerator;

/**
 * Chooses the next token of a text. A rule is a pure function that is called for each token of each
 * text.
 */
@FunctionalInterface
public interface TokenRule {

  /**
   * Chooses a token.
   *
   * @param logits logits of the next token, {@code [vocabulary]}; must not be changed
   * @param before all tokens of the text so far, prompt included
   * @param random source of randomness; each text has its own
   * @return the token's id
   */
  int choose(float[] logits, int[] before, RandomGenerator random);
}
