package tare.model.generation;

import java.util.List;

/**
 * A text for a model to continue.
 *
 * @param tokens its token ids, at least one
 * @param until writing ends where the first of these strings begins; may be empty
 * @param maxTokens largest number of tokens to write
 */
public record Prompt(int[] tokens, List<String> until, int maxTokens) {}
