package tare.evaluate;

/**
 * The answer to a {@link Request.Generate}.
 *
 * @param text the text that the model wrote
 * @param cut number of prompt tokens that were cut off on the left, so that prompt and answer fit
 *     the model's context
 */
public record GeneratedText(String text, int cut) {}
