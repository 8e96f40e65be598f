/**
 * Text that a model writes: prompts, chat templates, sampling. It stands on {@code tare.model}.
 * Begin with {@link tare.model.generation.Generation}.
 */
package tare.model.generation;
