package tare.model;

/** Converts text to token ids and back. */
public interface TextTokenizer {

  /** Token ids of a text, without added tokens (no beginning-of-sequence token). */
  int[] encode(String text);

  /**
   * The place of each token of {@link #encode} in the text. Only conversations need it.
   *
   * @return first character and end of each token, {@code [tokens][2]}; the tokens that make up one
   *     character all have its place
   * @throws UnsupportedOperationException if the tokenizer does not know the places
   */
  default int[][] places(String text) {
    throw new UnsupportedOperationException(
        "This tokenizer does not say where its tokens lie in the text, which conversations need: "
            + getClass().getName()
            + " has to define places(text).");
  }

  /**
   * Token ids of a text that a model reads from its beginning, including the tokens that the
   * checkpoint's own tokenizer puts in front. LLaMA's and OPT's tokenizers add one token; those of
   * Qwen and SmolLM2 add none.
   */
  default int[] encodePrompt(String text) {
    return encode(text);
  }

  /** The text of token ids. Special tokens appear as their names. */
  String decode(int[] tokens);

  /**
   * Identifies what the tokenizer does, so that what was kept of one is not taken for the work of
   * another. By default this is the name of its class.
   */
  default String revision() {
    return getClass().getName();
  }
}
