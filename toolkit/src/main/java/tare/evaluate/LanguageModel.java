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
   * Scores non-overlapping windows of a text, each on its own: no token is added, and the first
   * token of each window is context only. The last, shorter window is left out.
   *
   * @param text the text, tokenized as a whole
   * @param window tokens in a window
   * @param windows the most windows that are scored, from the start
   */
  List<Score> windows(String text, int window, int windows);
}
