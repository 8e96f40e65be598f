package tare.evaluate;

/**
 * The answer to a {@link Request.Generate}.
 *
 * @param text what was written
 * @param cut how many tokens of the prompt were cut off on the left, because the model cannot read
 *     that many and write the rest
 */
public record GeneratedText(String text, int cut) {}
