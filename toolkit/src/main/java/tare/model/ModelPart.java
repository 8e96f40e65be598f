package tare.model;

/** The parts of a decoder that hold weights. Each family has its own names for them. */
public enum ModelPart {
  /** One row per token id. */
  EMBEDDING,
  /** One row per position, where positions are learned. */
  POSITIONS,
  /** From the embedding's width to the model's, where they differ. */
  PROJECT_IN,
  /** From the model's width to the embedding's, where they differ. */
  PROJECT_OUT,
  /** The norm after the last block. */
  LAST_NORM,
  /** The output matrix, where it is not the embedding. */
  HEAD,
  /** The norm of attention. */
  ATTENTION_NORM,
  /** Queries. */
  Q,
  /** Keys. */
  K,
  /** Values. */
  V,
  /** The norm of each head of the queries. */
  Q_NORM,
  /** The norm of each head of the keys. */
  K_NORM,
  /** The output of attention. */
  O,
  /** The norm of the feed-forward layer. */
  MLP_NORM,
  /** The gate of a gated feed-forward layer. */
  GATE,
  /** Into the feed-forward layer. */
  UP,
  /** Out of the feed-forward layer. */
  DOWN
}
