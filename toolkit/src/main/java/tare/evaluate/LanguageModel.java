package tare.evaluate;

import java.util.List;
import java.util.Optional;
import tare.data.ChatRecord;

/** The view that tasks have of a model: log-likelihoods and written text, never weights. */
public interface LanguageModel {

  /**
   * Scores continuations. The scores have the order of the requests. Neighbouring requests with an
   * equal context share its computation.
   */
  List<Score> continuations(List<Request.Continuation> requests);

  /**
   * Scores whole texts: each token given the tokens before it, as far as the model can read. The
   * first token is scored after the token that begins a text, or ends one if the model has no such
   * token. A longer text is scored in windows of the model's context. Each window sees one token
   * before it, and the last window reaches back as far as possible ({@code loglikelihood_rolling}
   * of lm-evaluation-harness).
   */
  List<Score> texts(List<Request.WholeText> requests);

  /** Continues prompts. */
  List<GeneratedText> generations(List<Request.Generate> requests);

  /**
   * Scores non-overlapping windows of a text, each independently. The text begins with the token of
   * the tokenizer's prompts, if there is one. No window gets a token of its own, and the first
   * token of each window is context only. A last, shorter window is left out.
   *
   * @param text the text, tokenized as a whole
   * @param window tokens per window
   * @param windows largest number of windows, counted from the start of the text
   */
  List<Score> windows(String text, int window, int windows);

  /**
   * Compares the predictions in the windows of {@link #windows} with those of the original model.
   *
   * @throws IllegalStateException if the original is not known, as usual
   */
  default List<WindowDivergence> divergences(String text, int window, int windows) {
    throw new IllegalStateException("Nothing is known of this model's original.");
  }

  /**
   * The log-likelihoods that the original model gives to continuations, in the order of the
   * requests; empty if the original is not known.
   */
  default Optional<double[]> originals(List<Request.Continuation> requests) {
    return Optional.empty();
  }

  /**
   * The answer to a {@link Request.Generate}.
   *
   * @param text the text that the model wrote
   * @param cut number of prompt tokens that were cut off on the left, so that prompt and answer fit
   *     the model's context
   */
  record GeneratedText(String text, int cut) {}

  /**
   * The text of a conversation, at whose end the model's answer begins, by the model's chat
   * template.
   *
   * @throws IllegalArgumentException if the model has no chat template, as usual, or the template
   *     refuses the conversation
   */
  default String chat(ChatRecord talk) {
    throw new IllegalArgumentException("Nothing is known of this model's chat template.");
  }
}
