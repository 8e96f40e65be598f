/**
 * Generates text with a model: prompts, chat templates, sampling. Also says what lies beside a
 * model's weights and determines its text. The package stands on {@code tare.model}. Begin with
 * {@link tare.model.generation.Generation}.
 */
package tare.model.generation;
