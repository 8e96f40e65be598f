package tare.evaluate;

import java.util.List;

/** A request to a language model, of the three kinds that lm-evaluation-harness has. */
public sealed interface Request {

  /**
   * Asks for the log-likelihood of a continuation, given a context.
   *
   * @param context the text before, never scored
   * @param continuation the scored text, usually with a leading space
   */
  record Continuation(String context, String continuation) implements Request {

    /** Context and continuation as one text. */
    public String text() {
      return context + continuation;
    }
  }

  /**
   * Asks for the log-likelihood of a whole text, in windows.
   *
   * @param text the text
   */
  record WholeText(String text) implements Request {}

  /**
   * Asks the model to write.
   *
   * @param context the prompt
   * @param until writing ends at the first of these strings, which is cut off
   * @param maxTokens largest number of tokens to write
   */
  record Generate(String context, List<String> until, int maxTokens) implements Request {}
}
