package tare.model.generation;

import java.util.random.RandomGenerator;

/** How the next token of a text is chosen: a pure function, called for each token of each text. */
@FunctionalInterface
public interface TokenRule {

  /**
   * Chooses a token.
   *
   * @param logits of the next token, {@code [vocabulary]}; not to be changed
   * @param before all tokens of the text so far: the prompt and what has been written
   * @param random where chance comes from; each text has its own
   * @return the token's id
   */
  int choose(float[] logits, int[] before, RandomGenerator random);
}
