package tare.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;

/**
 * What a decoder has before its first and after its last block: embedding, last norm and output
 * matrix.
 */
public final class DecoderEnds implements AutoCloseable {

  private final Checkpoint checkpoint;
  private final Precision precision;
  private final DecoderCalls calls;
  private final NDArray embedding; // [vocabulary, width], float32
  private final NDArray norm; // [width]
  private final Linear head; // [vocabulary, width]

  private DecoderEnds(Checkpoint checkpoint, Precision precision, NDManager manager) {
    this.checkpoint = checkpoint;
    this.precision = precision;
    calls = DecoderCalls.load(manager.getDevice(), precision);
    embedding = checkpoint.tensors().read("model.embed_tokens.weight", manager);
    norm = checkpoint.tensors().read("model.norm.weight", manager);
    head =
        checkpoint.config().tiedHead()
            ? new Linear("model.embed_tokens.weight", precision.narrow(embedding), calls.product())
            : DecoderBlock.linear(
                "lm_head.weight", checkpoint.tensors(), precision, calls.product(), manager);
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

  /**
   * Reads one block.
   *
   * @param index number of the block, from 0
   * @param owner owns the block's weights
   */
  public DecoderBlock block(int index, NDManager owner) {
    return new DecoderBlock(
        index, checkpoint.config(), checkpoint.tensors(), precision, calls, owner);
  }

  /**
   * Embeds tokens.
   *
   * @param tokens token ids, {@code [batch][tokens]}, all rows of one length
   * @param scope owns the result
   * @return {@code [batch, tokens, width]}
   */
  public NDArray embed(int[][] tokens, NDManager scope) {
    checkpoint.config().requireFits(tokens[0].length);
    int[] flat = Arrays.stream(tokens).flatMapToInt(Arrays::stream).toArray();
    NDArray rows = scope.create(flat, new Shape(tokens.length, tokens[0].length));
    return embedding.get(scope, new NDIndex("{}", rows));
  }

  NDArray norm(NDArray hidden) {
    return calls.rmsNorm(hidden, norm, checkpoint.config().normEpsilon());
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
