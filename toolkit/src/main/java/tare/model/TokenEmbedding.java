package tare.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.Optional;

/**
 * What turns tokens into the residual stream before the first block: the embedding, for OPT learned
 * positions, and a projection where the embedding has another width (OPT-350M).
 *
 * @param config of the model
 * @param lookup gives rows of the embedding
 * @param positionTable {@code [2 + context, width]}, float32
 * @param projectIn {@code [width, embeddingWidth]}
 */
public record TokenEmbedding(
    ModelConfig config,
    Lookup lookup,
    Optional<NDArray> positionTable,
    Optional<Linear> projectIn) {

  /** Row of position 0 in OPT's table of positions. */
  static final int FIRST_POSITION = 2;

  /** Gives rows of the embedding, {@code [tokens]} to {@code [tokens, embeddingWidth]}, float32. */
  public interface Lookup {

    /**
     * The rows of some tokens.
     *
     * @param scope owns the result
     */
    NDArray rows(int[] tokens, NDManager scope);

    /** Of an embedding that is on the device. */
    static Lookup in(NDArray embedding) {
      return (tokens, scope) -> embedding.get(scope, new NDIndex("{}", scope.create(tokens)));
    }

    /** Of an embedding that stays on disk. */
    static Lookup in(Checkpoint checkpoint) {
      String name = checkpoint.config().architecture().weight(ModelPart.EMBEDDING);
      long width = checkpoint.tensors().shape(name).get(1);
      return (tokens, scope) ->
          scope.create(checkpoint.tensors().rows(name, tokens), new Shape(tokens.length, width));
    }
  }

  /** Reads what there is beside the embedding itself. */
  static TokenEmbedding of(
      Checkpoint checkpoint,
      Lookup lookup,
      Precision precision,
      DecoderCalls calls,
      NDManager manager) {
    return new TokenEmbedding(
        checkpoint.config(),
        lookup,
        DecoderEnds.name(ModelPart.POSITIONS, checkpoint)
            .map(name -> checkpoint.tensors().read(name, manager)),
        DecoderEnds.linear(ModelPart.PROJECT_IN, checkpoint, precision, calls, manager));
  }

  /**
   * Embeds tokens that stand at positions 0, 1, 2 …
   *
   * @param tokens token ids, {@code [batch][tokens]}, all rows of one length
   * @param scope owns the result
   * @return {@code [batch, tokens, width]}
   */
  public NDArray embed(int[][] tokens, NDManager scope) {
    return embed(tokens, Positions.causal(tokens[0].length, config, scope), scope);
  }

  /**
   * Embeds tokens.
   *
   * @param tokens token ids, {@code [batch][tokens]}, all rows of one length
   * @param positions where they stand
   * @param scope owns the result
   * @return {@code [batch, tokens, width]}
   */
  NDArray embed(int[][] tokens, Positions positions, NDManager scope) {
    config.requireFits(tokens[0].length);
    int[] flat = Arrays.stream(tokens).flatMapToInt(Arrays::stream).toArray();
    NDArray embedded = lookup.rows(flat, scope).reshape(tokens.length, tokens[0].length, -1);
    if (projectIn.isPresent()) {
      embedded = projectIn.get().of(embedded);
    }
    if (positionTable.isPresent()) {
      NDArray places = positions.numbers().add(FIRST_POSITION);
      embedded = embedded.add(positionTable.get().get(scope, new NDIndex("{}", places)));
    }
    return embedded;
  }
}
