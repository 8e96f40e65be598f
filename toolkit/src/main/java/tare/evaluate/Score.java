package tare.evaluate;

import java.util.List;

/**
 * The answer to a {@link Request.Continuation} or {@link Request.WholeText}.
 *
 * @param logLikelihood natural logarithm of the probability, summed over the scored tokens
 * @param greedy whether each scored token was the most probable one; false for windows, where it is
 *     not looked for
 * @param tokens how many tokens were scored
 */
public record Score(double logLikelihood, boolean greedy, int tokens) {

  /** The score of several parts together. */
  static Score sum(List<Score> parts) {
    return new Score(
        parts.stream().mapToDouble(Score::logLikelihood).sum(),
        parts.stream().allMatch(Score::greedy),
        parts.stream().mapToInt(Score::tokens).sum());
  }
}
