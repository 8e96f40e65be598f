package tare.evaluate;

import java.util.List;

/**
 * The answer to a {@link Request.Continuation} or {@link Request.WholeText}.
 *
 * @param logLikelihood natural logarithm of the probability, summed over the scored tokens
 * @param greedy whether each scored token was the most probable one; false for windows, where it is
 *     not computed
 * @param tokens number of scored tokens
 * @param cut number of context tokens that were cut off on the left to fit the model's context
 */
public record Score(double logLikelihood, boolean greedy, int tokens, int cut) {

  /** What to do if a model's outputs are not numbers. */
  static final String REMEDY =
      "Its activations overflow: try --precision f32; if that does not help, the checkpoint is broken";

  /** A score of a request that was not cut. */
  public Score(double logLikelihood, boolean greedy, int tokens) {
    this(logLikelihood, greedy, tokens, 0);
  }

  /**
   * Returns this score if its log-likelihood is a number.
   *
   * @param of the scored text, for the message
   * @throws IllegalArgumentException if the log-likelihood is not a number
   */
  Score requireNumber(String of) {
    if (Double.isNaN(logLikelihood)) {
      throw new IllegalArgumentException(
          "The model's log-likelihood of %s is not a number. %s".formatted(of, REMEDY));
    }
    return this;
  }

  /** Returns a copy with this number of cut tokens. */
  Score cut(int tokensCut) {
    return new Score(logLikelihood, greedy, tokens, tokensCut);
  }

  /** Adds the scores of several parts. */
  static Score sum(List<Score> parts) {
    return new Score(
        parts.stream().mapToDouble(Score::logLikelihood).sum(),
        parts.stream().allMatch(Score::greedy),
        parts.stream().mapToInt(Score::tokens).sum());
  }
}
