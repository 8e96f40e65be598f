package tare.model.generation;

/**
 * The tokens that a model wrote after a prompt.
 *
 * @param tokens the written token ids, without an end-of-text token
 * @param text their text, cut where a stop string begins
 * @param end why writing ended
 */
public record GeneratedTokens(int[] tokens, String text, End end) {

  /** Why writing ended. */
  public enum End {
    /** The model wrote an end-of-text token. */
    END_OF_TEXT,
    /** A stop string occurred. */
    STOP_STRING,
    /** The text reached the largest number of tokens. */
    LENGTH
  }
}
