package tare.evaluate;

import java.util.List;

/** What a task asks of a language model: the three kinds of lm-evaluation-harness. */
public sealed interface Request {

  /**
   * The log-likelihood of a continuation, given a context.
   *
   * @param context the text before, never scored
   * @param continuation the text that is scored, usually with a leading space
   */
  record Continuation(String context, String continuation) implements Request {

    /** Context and continuation. */
    public String text() {
      return context + continuation;
    }
  }

  /**
   * The log-likelihood of a whole text, in windows.
   *
   * @param text the text
   */
  record WholeText(String text) implements Request {}

  /**
   * Text that the model writes.
   *
   * @param context the prompt
   * @param until the first of these strings ends the text and is cut off
   * @param maxTokens the most tokens that are written
   */
  record Generate(String context, List<String> until, int maxTokens) implements Request {}
}
