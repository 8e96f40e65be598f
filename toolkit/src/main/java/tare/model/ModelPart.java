package tare.model;

import java.util.Optional;

/** The parts of a decoder that hold weights. Each family has its own names for them. */
public enum ModelPart {
  /** One row per token id. */
  EMBEDDING("token_embd"),
  /** One row per position, where positions are learned. */
  POSITIONS(null),
  /** From the embedding's width to the model's, where they differ. */
  PROJECT_IN(null),
  /** From the model's width to the embedding's, where they differ. */
  PROJECT_OUT(null),
  /** The norm after the last block. */
  LAST_NORM("output_norm"),
  /** The output matrix, where it is not the embedding. */
  HEAD("output"),
  /** The norm of attention. */
  ATTENTION_NORM("attn_norm"),
  /** Queries. */
  Q("attn_q"),
  /** Keys. */
  K("attn_k"),
  /** Values. */
  V("attn_v"),
  /** The norm of each head of the queries. */
  Q_NORM("attn_q_norm"),
  /** The norm of each head of the keys. */
  K_NORM("attn_k_norm"),
  /** The output of attention. */
  O("attn_output"),
  /** The norm of attention's output, before the sum. */
  ATTENTION_OUTPUT_NORM(null),
  /** The norm of the feed-forward layer. */
  MLP_NORM("ffn_norm"),
  /** The gate of a gated feed-forward layer. */
  GATE("ffn_gate"),
  /** Into the feed-forward layer. */
  UP("ffn_up"),
  /** Out of the feed-forward layer. */
  DOWN("ffn_down"),
  /** The norm of the feed-forward layer's output, before the sum. */
  MLP_OUTPUT_NORM(null);

  private final String inGguf;

  ModelPart(String inGguf) {
    this.inGguf = inGguf;
  }

  /**
   * The part's name in a GGUF file, without the block before and {@code .weight} or {@code .bias}
   * after it. Empty for a part that no supported file has.
   */
  public Optional<String> inGguf() {
    return Optional.ofNullable(inGguf);
  }
}
