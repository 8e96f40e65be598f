package tare.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.Optional;
import tare.tensor.FromHeap;

/**
 * Turns tokens into the residual stream before the first block. It consists of the embedding, a
 * factor (Gemma), learned positions (OPT), and a projection if the embedding has another width
 * (OPT-350M).
 *
 * @param config configuration of the model
 * @param lookup gives rows of the embedding
 * @param positionTable {@code [2 + context, width]}, float32
 * @param projectIn {@code [width, embeddingWidth]}
 */
public record TokenEmbedding(
    ModelConfig config,
    Lookup lookup,
    Optional<NDArray> positionTable,
    Optional<Linear> projectIn) {

  /** Row of position 0 in OPT's position table. */
  static final int FIRST_POSITION = 2;

  /** Gives rows of the embedding, {@code [tokens]} to {@code [tokens, embeddingWidth]}, float32. */
  public interface Lookup {

    /**
     * The rows of the tokens.
     *
     * @param scope owns the result
     */
    NDArray rows(int[] tokens, NDManager scope);

    /** Looks rows up in an embedding on the device. */
    static Lookup of(NDArray embedding) {
      return (tokens, scope) -> embedding.get(scope, new NDIndex("{}", scope.create(tokens)));
    }

    /** Looks rows up in an embedding that stays on disk. */
    static Lookup of(Checkpoint checkpoint) {
      String name = checkpoint.config().architecture().weight(ModelPart.EMBEDDING);
      long width = checkpoint.tensors().shape(name).get(1);
      return (tokens, scope) ->
          FromHeap.copy(
              checkpoint.tensors().rows(name, tokens), new Shape(tokens.length, width), scope);
    }
  }

  /** Returns the embedding with another source of its rows. */
  TokenEmbedding with(Lookup other) {
    return new TokenEmbedding(config, other, positionTable, projectIn);
  }

  /** Reads the parts of the embedding other than its matrix. */
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
   * Embeds tokens at positions 0, 1, 2 …
   *
   * @param tokens token ids, {@code [batch][tokens]}, all rows of equal length
   * @param scope owns the result
   * @return {@code [batch, tokens, width]}
   */
  public NDArray embed(int[][] tokens, NDManager scope) {
    return embed(tokens, Positions.causal(tokens[0].length, config, scope), scope);
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
    config.requireFits(tokens[0].length);
    int[] flat = Arrays.stream(tokens).flatMapToInt(Arrays::stream).toArray();
    NDArray embedded = lookup.rows(flat, scope).reshape(tokens.length, tokens[0].length, -1);
    if (config.architecture().scaledEmbedding()) {
      embedded = embedded.mul((float) Math.sqrt(config.width()));
    }
    if (projectIn.isPresent()) {
      embedded = projectIn.get().forward(embedded);
    }
    if (positionTable.isPresent()) {
      NDArray places = positions.numbers().add(FIRST_POSITION);
      embedded = embedded.add(positionTable.get().get(scope, new NDIndex("{}", places)));
    }
    return embedded;
  }
}
