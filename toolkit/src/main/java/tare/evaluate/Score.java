package tare.evaluate;

import java.util.List;

/**
 * The answer to a {@link Request.Continuation} or {@link Request.WholeText}.
 *
 * @param logLikelihood natural logarithm of the probability, summed over the scored tokens
 * @param greedy whether each scored token was the most probable one; false for windows, where it is
 *     not looked for
 * @param tokens how many tokens were scored
 * @param cut how many tokens of the context were cut off on the left, because the model cannot read
 *     that many
 */
public record Score(double logLikelihood, boolean greedy, int tokens, int cut) {

  /** With nothing cut off. */
  public Score(double logLikelihood, boolean greedy, int tokens) {
    this(logLikelihood, greedy, tokens, 0);
  }

  /**
   * Itself, if its log-likelihood is a number.
   *
   * @param of what was scored, for the message
   * @throws IllegalStateException if it is not
   */
  Score requireNumber(String of) {
    if (Double.isNaN(logLikelihood)) {
      throw new IllegalStateException(
          "The model's log-likelihood of %s is not a number.".formatted(of));
    }
    return this;
  }

  /** The same with so many tokens cut off. */
  Score cut(int tokensCut) {
    return new Score(logLikelihood, greedy, tokens, tokensCut);
  }

  /** The score of several parts together. */
  static Score sum(List<Score> parts) {
    return new Score(
        parts.stream().mapToDouble(Score::logLikelihood).sum(),
        parts.stream().allMatch(Score::greedy),
        parts.stream().mapToInt(Score::tokens).sum());
  }
}
