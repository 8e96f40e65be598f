package tare.model.generation;

import java.util.List;

/**
 * A text that a model is to go on with.
 *
 * @param tokens its token ids, at least one
 * @param until the text ends where the first of these strings begins; may be empty
 * @param maxTokens the most tokens that are written
 */
public record Prompt(int[] tokens, List<String> until, int maxTokens) {}
