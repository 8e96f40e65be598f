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
  private final TokenEmbedding embedding;
  private final Optional<Linear> projectOut; // [embeddingWidth, width]
  private final Optional<Norm> norm;
  private final Linear head; // [vocabulary, embeddingWidth]

  private DecoderEnds(
      Checkpoint checkpoint, Precision precision, DecoderCalls calls, NDManager manager) {
    this.checkpoint = checkpoint;
    this.precision = precision;
    this.calls = calls;
    ModelConfig config = checkpoint.config();
    Architecture architecture = config.architecture();
    String embeddingName = architecture.weight(ModelPart.EMBEDDING);
    NDArray rows = checkpoint.tensors().read(embeddingName, manager);
    TokenEmbedding.Lookup lookup = TokenEmbedding.Lookup.of(rows);
    embedding = TokenEmbedding.of(checkpoint, lookup, precision, calls, manager);
    projectOut = linear(ModelPart.PROJECT_OUT, checkpoint, precision, calls, manager);
    norm = norm(manager);
    head =
        linear(ModelPart.HEAD, checkpoint, precision, calls, manager)
            .orElseGet(
                () ->
                    new Linear(
                        embeddingName,
                        DecoderBlock.narrow(embeddingName, rows, precision),
                        Optional.empty(),
                        calls.product()));
  }

  /**
   * Reads the parts outside the blocks. Blocks are read one by one with {@link #block}.
   *
   * @param precision not AUTO
   * @param manager owns the weights
   * @throws IllegalArgumentException if a weight is NaN, infinite, or beyond the precision's range
   */
  public static DecoderEnds load(Checkpoint checkpoint, Precision precision, NDManager manager) {
    DecoderCalls calls = DecoderCalls.of(manager.getDevice(), precision);
    return new DecoderEnds(checkpoint, precision, calls, manager);
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

  private Optional<Norm> norm(NDManager manager) {
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
    return head.forward(hidden);
  }

  /**
   * Logits of normed hidden states that were kept as float32, {@code [n, width]} to {@code [n,
   * vocabulary]}: the same as before they were kept.
   */
  public NDArray logitsOfFloats(NDArray hidden) {
    return head.forward(calls.narrowed(hidden));
  }

  NDArray surprisal(NDArray logits, NDArray targets) {
    return calls.crossEntropy().call(logits, targets);
  }
}
