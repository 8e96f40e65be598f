/**
 * Decoder models: configuration, checkpoint, tokenizer, and the forward pass block by block. The
 * package stands on {@code tare.format}. Begin with {@link tare.model.Checkpoint} and {@link
 * tare.model.DecoderModel}.
 */
package tare.model;
