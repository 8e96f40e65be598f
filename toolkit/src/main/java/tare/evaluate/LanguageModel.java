package tare.evaluate;

import java.util.List;

/** What a task sees of a model: scores, never weights. */
public interface LanguageModel {

  /**
   * Scores in the order of the requests; requests with an equal context share its computation where
   * they are neighbours.
   */
  List<Score> continuations(List<Request.Continuation> requests);

  /**
   * Scores whole texts: each token given those before it, as far as the model can read. The first
   * token follows the one that begins a text, or ends it if there is none. Longer texts are scored
   * in windows of the model's context, each of which sees one token before it, and the last of
   * which reaches back as far as it can ({@code loglikelihood_rolling} of lm-evaluation-harness).
   */
  List<Score> texts(List<Request.WholeText> requests);

  /** Goes on with prompts. */
  List<GeneratedText> generations(List<Request.Generate> requests);

  /**
   * Scores non-overlapping windows of a text, each on its own: no token is added, and the first
   * token of each window is context only. The last, shorter window is left out.
   *
   * @param text the text, tokenized as a whole
   * @param window tokens in a window
   * @param windows the most windows that are scored, from the start
   */
  List<Score> windows(String text, int window, int windows);
}
