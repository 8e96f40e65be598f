package tare.model;

/** Text to token ids and back. */
public interface TextTokenizer {

  /** Token ids of a text; nothing is added (no beginning-of-sequence token). */
  int[] encode(String text);

  /**
   * Token ids of a text that a model reads from its beginning: with the tokens that the
   * checkpoint's own tokenizer puts in front (LLaMA's and OPT's put one, those of Qwen and SmolLM2
   * none).
   */
  default int[] encodePrompt(String text) {
    return encode(text);
  }

  /** The text of token ids; special tokens are kept as their names. */
  String decode(int[] tokens);
}
