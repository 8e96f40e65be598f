/**
 * Generates text with a model: prompts, chat templates, sampling. The package stands on {@code
 * tare.model}. Begin with {@link tare.model.generation.Generation}.
 */
package tare.model.generation;
