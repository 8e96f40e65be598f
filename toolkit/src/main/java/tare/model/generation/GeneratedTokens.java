package tare.model.generation;

/**
 * What a model has written after a prompt.
 *
 * @param tokens the token ids that were written, without an end-of-text token
 * @param text their text, cut where a stop string begins
 * @param end why it ended there
 */
public record GeneratedTokens(int[] tokens, String text, End end) {

  /** Why a text ended. */
  public enum End {
    /** The model wrote an end-of-text token. */
    END_OF_TEXT,
    /** A stop string occurred. */
    STOP_STRING,
    /** It has as many tokens as were allowed. */
    LENGTH
  }
}
