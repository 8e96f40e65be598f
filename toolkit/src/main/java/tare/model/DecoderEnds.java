package tare.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.Optional;
import tare.format.TensorSource;

/**
 * What a decoder has before its first and after its last block: embedding, learned positions,
 * projections where the embedding has another width (OPT-350M), last norm and output matrix.
 */
public final class DecoderEnds implements AutoCloseable {

  /** Row of position 0 in OPT's table of positions. */
  static final int FIRST_POSITION = 2;

  private final Checkpoint checkpoint;
  private final Precision precision;
  private final DecoderCalls calls;
  private final NDArray embedding; // [vocabulary, embeddingWidth], float32
  private final Optional<NDArray> positionTable; // [2 + context, width], float32
  private final Optional<Linear> projectIn; // [width, embeddingWidth]
  private final Optional<Linear> projectOut; // [embeddingWidth, width]
  private final Optional<Norm> norm;
  private final Linear head; // [vocabulary, embeddingWidth]

  private DecoderEnds(Checkpoint checkpoint, Precision precision, NDManager manager) {
    this.checkpoint = checkpoint;
    this.precision = precision;
    calls = DecoderCalls.load(manager.getDevice(), precision);
    ModelConfig config = checkpoint.config();
    Architecture architecture = config.architecture();
    TensorSource tensors = checkpoint.tensors();
    String embeddingName = architecture.weight(Part.EMBEDDING);
    embedding = tensors.read(embeddingName, manager);
    positionTable = read(Part.POSITIONS, manager);
    projectIn = linear(Part.PROJECT_IN, manager);
    projectOut = linear(Part.PROJECT_OUT, manager);
    norm = norm(manager);
    head =
        linear(Part.HEAD, manager)
            .orElseGet(
                () ->
                    new Linear(
                        embeddingName,
                        precision.narrow(embedding),
                        Optional.empty(),
                        calls.product()));
  }

  /**
   * Reads the ends; blocks are read one by one with {@link #block}.
   *
   * @param precision not AUTO
   * @param manager owns the weights
   */
  public static DecoderEnds load(Checkpoint checkpoint, Precision precision, NDManager manager) {
    return new DecoderEnds(checkpoint, precision, manager);
  }

  private Optional<String> name(Part part) {
    return Optional.of(checkpoint.config().architecture().weight(part))
        .filter(checkpoint.config().endShapes()::containsKey);
  }

  private Optional<NDArray> read(Part part, NDManager manager) {
    return name(part).map(name -> checkpoint.tensors().read(name, manager));
  }

  private Optional<Linear> linear(Part part, NDManager manager) {
    return name(part)
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
    return name(Part.LAST_NORM)
        .map(
            name ->
                new Norm(
                    name,
                    checkpoint.tensors().read(name, manager),
                    config.architecture().layerNorm()
                        ? Optional.of(
                            checkpoint
                                .tensors()
                                .read(config.architecture().bias(Part.LAST_NORM), manager))
                        : Optional.empty(),
                    config.normEpsilon(),
                    calls));
  }

  /**
   * Reads one block.
   *
   * @param index number of the block, from 0
   * @param owner owns the block's weights
   */
  public DecoderBlock block(int index, NDManager owner) {
    return DecoderBlock.read(
        index, checkpoint.config(), checkpoint.tensors(), precision, calls, owner);
  }

  /**
   * Embeds tokens that stand at positions 0, 1, 2 …
   *
   * @param tokens token ids, {@code [batch][tokens]}, all rows of one length
   * @param scope owns the result
   * @return {@code [batch, tokens, width]}
   */
  public NDArray embed(int[][] tokens, NDManager scope) {
    return embed(tokens, Positions.causal(tokens[0].length, checkpoint.config(), scope), scope);
  }

  /**
   * Embeds tokens.
   *
   * @param tokens token ids, {@code [batch][tokens]}, all rows of one length
   * @param positions where they stand
   * @param scope owns the result
   * @return {@code [batch, tokens, width]}
   */
  public NDArray embed(int[][] tokens, Positions positions, NDManager scope) {
    checkpoint.config().requireFits(tokens[0].length);
    int[] flat = Arrays.stream(tokens).flatMapToInt(Arrays::stream).toArray();
    NDArray rows = scope.create(flat, new Shape(tokens.length, tokens[0].length));
    NDArray embedded = embedding.get(scope, new NDIndex("{}", rows));
    if (projectIn.isPresent()) {
      embedded = projectIn.get().of(embedded);
    }
    if (positionTable.isPresent()) {
      NDArray places = positions.numbers().add(FIRST_POSITION);
      embedded = embedded.add(positionTable.get().get(scope, new NDIndex("{}", places)));
    }
    return embedded;
  }

  NDArray norm(NDArray hidden) {
    NDArray normed = calls.narrowed(norm.isPresent() ? norm.get().of(hidden) : hidden);
    return projectOut.isPresent() ? projectOut.get().of(normed) : normed;
  }

  NDArray logits(NDArray hidden) {
    return head.of(hidden);
  }

  NDArray surprisal(NDArray logits, NDArray targets) {
    return calls.crossEntropy().of(logits, targets);
  }

  @Override
  public void close() {
    calls.close();
  }
}
