package tare.model;

/** Text to token ids and back. */
public interface TextTokenizer {

  /** Token ids of a text; nothing is added (no beginning-of-sequence token). */
  int[] encode(String text);

  /** The text of token ids; special tokens are kept as their names. */
  String decode(int[] tokens);
}
