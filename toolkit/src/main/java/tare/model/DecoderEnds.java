package tare.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.Optional;

/**
 * The parts of a decoder outside its blocks: embedding, last norm and output matrix, and a
 * projection if the embedding has another width (OPT-350M).
 */
public final class DecoderEnds {

  private final Checkpoint checkpoint;
  private final Precision precision;
  private final DecoderCalls calls;
  private final NDManager manager;
  private final Optional<Linear> projectOut; // [embeddingWidth, width]
  private final Optional<Norm> norm;
  private TokenEmbedding embedding;
  private NDArray rows; // the embedding, [vocabulary, embeddingWidth]; null until it is needed
  private Linear head; // [vocabulary, embeddingWidth]; null until it is needed

  private DecoderEnds(
      Checkpoint checkpoint, Precision precision, DecoderCalls calls, NDManager manager) {
    this.checkpoint = checkpoint;
    this.precision = precision;
    this.calls = calls;
    this.manager = manager;
    embedding =
        TokenEmbedding.of(
            checkpoint, TokenEmbedding.Lookup.of(checkpoint), precision, calls, manager);
    projectOut = linear(ModelPart.PROJECT_OUT, checkpoint, precision, calls, manager);
    norm = norm();
  }

  /**
   * Reads the small parts. Rows of the embedding are read where they are looked up, the output
   * matrix when it is first needed, and blocks one by one with {@link #block}.
   *
   * @param precision not AUTO
   * @param manager owns the weights
   * @throws IllegalArgumentException if a weight is NaN, infinite, or beyond the precision's range;
   *     for a large part when it is read
   */
  public static DecoderEnds open(Checkpoint checkpoint, Precision precision, NDManager manager) {
    DecoderCalls calls = DecoderCalls.of(manager.getDevice(), precision);
    return new DecoderEnds(checkpoint, precision, calls, manager);
  }

  /** Reads embedding and output matrix, and keeps them. */
  void hold() {
    embedding = embedding.with(TokenEmbedding.Lookup.of(rows()));
    head();
  }

  private NDArray rows() {
    if (rows == null) {
      rows = checkpoint.tensors().read(embeddingName(), manager);
    }
    return rows;
  }

  private String embeddingName() {
    return checkpoint.config().architecture().weight(ModelPart.EMBEDDING);
  }

  private Linear head() {
    if (head == null) {
      head =
          linear(ModelPart.HEAD, checkpoint, precision, calls, manager)
              .orElseGet(this::embeddingAsHead);
    }
    return head;
  }

  /** In float32 the output matrix is the embedding itself. */
  private Linear embeddingAsHead() {
    String name = embeddingName();
    NDArray matrix =
        rows != null || precision == Precision.F32
            ? DecoderBlock.narrow(name, rows(), precision)
            : DecoderBlock.narrow(name, checkpoint.tensors(), precision, manager);
    return new Linear(name, matrix, Optional.empty(), calls.product());
  }

  /** The tensor name of a part, if the model has the part. */
  static Optional<String> name(ModelPart part, Checkpoint checkpoint) {
    return Optional.of(checkpoint.config().architecture().weight(part))
        .filter(checkpoint.config().endShapes()::containsKey);
  }

  /** A linear layer outside the blocks, if the model has it. */
  static Optional<Linear> linear(
      ModelPart part,
      Checkpoint checkpoint,
      Precision precision,
      DecoderCalls calls,
      NDManager manager) {
    return name(part, checkpoint)
        .map(
            name ->
                new Linear(
                    name,
                    DecoderBlock.narrow(name, checkpoint.tensors(), precision, manager),
                    Optional.empty(),
                    calls.product()));
  }

  private Optional<Norm> norm() {
    ModelConfig config = checkpoint.config();
    return name(ModelPart.LAST_NORM, checkpoint)
        .map(
            name ->
                Norm.of(
                    name,
                    checkpoint.tensors().read(name, manager),
                    config.architecture().layerNorm()
                        ? Optional.of(
                            checkpoint
                                .tensors()
                                .read(config.architecture().bias(ModelPart.LAST_NORM), manager))
                        : Optional.empty(),
                    config,
                    calls));
  }

  /**
   * Reads one block.
   *
   * @param index number of the block, from 0
   * @param owner owns the block's weights
   */
  DecoderBlock block(int index, NDManager owner) {
    return DecoderBlock.read(index, checkpoint, precision, calls, owner);
  }

  /**
   * Embeds tokens.
   *
   * @param tokens token ids, {@code [batch][tokens]}, all rows of equal length
   * @param positions positions of the tokens
   * @param scope owns the result
   * @return {@code [batch, tokens, width]}
   */
  NDArray embed(int[][] tokens, Positions positions, NDManager scope) {
    return embedding.embed(tokens, positions, scope);
  }

  NDArray norm(NDArray hidden) {
    NDArray normed = calls.narrowed(norm.isPresent() ? norm.get().forward(hidden) : hidden);
    return projectOut.isPresent() ? projectOut.get().forward(normed) : normed;
  }

  NDArray logits(NDArray hidden) {
    return head().forward(hidden);
  }

  /**
   * Logits of normed hidden states that were kept as float32, {@code [n, width]} to {@code [n,
   * vocabulary]}: the same as before they were kept.
   */
  public NDArray logitsOfFloats(NDArray hidden) {
    return logits(calls.narrowed(hidden));
  }

  NDArray surprisal(NDArray logits, NDArray targets) {
    return calls.crossEntropy().call(logits, targets);
  }
}
