package tare.model;

import ai.djl.ndarray.types.Shape;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import tare.format.Gguf;

/**
 * The sizes and constants of a decoder.
 *
 * @param architecture how it is built
 * @param vocabulary number of token ids
 * @param width size of the residual stream
 * @param embeddingWidth size of a row of the embedding; equals {@code width} except in OPT-350M
 * @param blocks number of decoder blocks
 * @param heads number of query heads
 * @param keyValueHeads number of key/value heads; divides {@code heads} (grouped-query attention if
 *     it is less)
 * @param headWidth size of one head
 * @param hidden size of the feed-forward layer's hidden state
 * @param context largest number of tokens in a sequence
 * @param slidingWindow number of tokens that attention sees, the current one included; the largest
 *     int if there is no limit
 * @param rotary rotary positions; empty if positions are learned
 * @param normEpsilon added to the mean square in each RMSNorm, to the variance in each LayerNorm
 * @param tiedHead whether the embedding matrix is also the output matrix
 */
public record ModelConfig(
    Architecture architecture,
    int vocabulary,
    int width,
    int embeddingWidth,
    int blocks,
    int heads,
    int keyValueHeads,
    int headWidth,
    int hidden,
    int context,
    int slidingWindow,
    Optional<Rotary> rotary,
    double normEpsilon,
    boolean tiedHead) {

  /**
   * Reads the {@code config.json} of a checkpoint folder.
   *
   * @throws IllegalArgumentException for another architecture, a missing field, or an unsupported
   *     value; the message names the file and the field
   */
  public static ModelConfig ofJson(Path file) {
    return new ConfigFile(file).config();
  }

  /**
   * Reads the metadata of a GGUF file.
   *
   * @throws IllegalArgumentException for another architecture, a missing field, or an unsupported
   *     value; the message names the file and the field
   */
  public static ModelConfig of(Gguf gguf) {
    return new GgufConfig(gguf).config();
  }

  /**
   * Returns a copy with another number of blocks. With fewer blocks, it describes the beginning of
   * the model.
   */
  public ModelConfig withBlocks(int count) {
    return with(count, tiedHead);
  }

  /** Returns a copy whose output matrix is the embedding, or a matrix of its own. */
  public ModelConfig withTiedHead(boolean tied) {
    return with(blocks, tied);
  }

  private ModelConfig with(int count, boolean tied) {
    return new ModelConfig(
        architecture,
        vocabulary,
        width,
        embeddingWidth,
        count,
        heads,
        keyValueHeads,
        headWidth,
        hidden,
        context,
        slidingWindow,
        rotary,
        normEpsilon,
        tied);
  }

  /**
   * Returns this configuration if its sizes are consistent.
   *
   * @param file file that error messages name
   */
  ModelConfig checked(Path file) {
    String wrong = null;
    if (heads % keyValueHeads != 0) {
      wrong = heads + " query heads cannot share " + keyValueHeads + " key/value heads";
    } else if (rotary.isPresent() && headWidth % 2 != 0) {
      wrong = "a head of " + headWidth + " values cannot be rotated in pairs";
    } else if (rotary.isEmpty() && heads * headWidth != width) {
      wrong = "the width " + width + " is not a multiple of " + heads + " heads";
    }
    if (wrong != null) {
      throw new IllegalArgumentException(
          file + ": number of heads (num_attention_heads, attention.head_count): " + wrong);
    }
    return this;
  }

  /** Names and shapes of the tensors of a block, in the order in which they are used. */
  public Map<String, Shape> blockShapes(int block) {
    long queries = (long) heads * headWidth;
    long keys = (long) keyValueHeads * headWidth;
    Map<String, Shape> shapes = new LinkedHashMap<>();
    norm(ModelPart.ATTENTION_NORM, block, width, shapes);
    linear(ModelPart.Q, block, queries, width, shapes);
    linear(ModelPart.K, block, keys, width, shapes);
    linear(ModelPart.V, block, keys, width, shapes);
    if (architecture.headNorms()) {
      norm(ModelPart.Q_NORM, block, headWidth, shapes);
      norm(ModelPart.K_NORM, block, headWidth, shapes);
    }
    linear(ModelPart.O, block, width, queries, shapes);
    norm(ModelPart.MLP_NORM, block, width, shapes);
    if (architecture.gated()) {
      linear(ModelPart.GATE, block, hidden, width, shapes);
    }
    linear(ModelPart.UP, block, hidden, width, shapes);
    linear(ModelPart.DOWN, block, width, hidden, shapes);
    return shapes;
  }

  private void linear(ModelPart part, int block, long out, long in, Map<String, Shape> shapes) {
    shapes.put(architecture.weight(part, block), new Shape(out, in));
    if (architecture.biased().contains(part)) {
      shapes.put(architecture.bias(part, block), new Shape(out));
    }
  }

  private void norm(ModelPart part, int block, long size, Map<String, Shape> shapes) {
    shapes.put(architecture.weight(part, block), new Shape(size));
    if (architecture.layerNorm()) {
      shapes.put(architecture.bias(part, block), new Shape(size));
    }
  }

  /** Names and shapes of the tensors outside the blocks. */
  public Map<String, Shape> endShapes() {
    Map<String, Shape> shapes = new LinkedHashMap<>();
    shapes.put(architecture.weight(ModelPart.EMBEDDING), new Shape(vocabulary, embeddingWidth));
    if (rotary.isEmpty()) {
      shapes.put(
          architecture.weight(ModelPart.POSITIONS),
          new Shape(TokenEmbedding.FIRST_POSITION + (long) context, width));
    }
    if (embeddingWidth != width) {
      shapes.put(architecture.weight(ModelPart.PROJECT_IN), new Shape(width, embeddingWidth));
      shapes.put(architecture.weight(ModelPart.PROJECT_OUT), new Shape(embeddingWidth, width));
    }
    if (architecture.lastNorm()) {
      shapes.put(architecture.weight(ModelPart.LAST_NORM), new Shape(width));
      if (architecture.layerNorm()) {
        shapes.put(architecture.bias(ModelPart.LAST_NORM), new Shape(width));
      }
    }
    if (!tiedHead) {
      shapes.put(architecture.weight(ModelPart.HEAD), new Shape(vocabulary, embeddingWidth));
    }
    return shapes;
  }

  /**
   * Refuses a sequence that is longer than the model can read.
   *
   * @throws IllegalArgumentException naming both lengths
   */
  public void requireFits(int tokens) {
    if (tokens > context) {
      throw new IllegalArgumentException(
          "A sequence of "
              + tokens
              + " tokens is longer than the model's context of "
              + context
              + ": choose a shorter one.");
    }
    if (tokens > slidingWindow) {
      throw new IllegalArgumentException(
          "A sequence of "
              + tokens
              + " tokens is longer than the model's sliding window of "
              + slidingWindow
              + ", and attention within a window is not supported: choose a shorter one.");
    }
  }

  /** Number of all weights. */
  public long parameters() {
    return count(endShapes()) + blocks * count(blockShapes(0));
  }

  private static long count(Map<String, Shape> shapes) {
    return shapes.values().stream().mapToLong(Shape::size).sum();
  }
}
