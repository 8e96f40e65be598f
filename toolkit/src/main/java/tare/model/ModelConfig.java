package tare.model;

import ai.djl.ndarray.types.Shape;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
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
 * @param window the blocks whose attention sees only the latest tokens; empty if there are none
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
    Optional<Window> window,
    Optional<Rotary> rotary,
    double normEpsilon,
    boolean tiedHead) {

  /**
   * Attention that sees only the latest tokens, in some of the blocks.
   *
   * @param tokens number of tokens that are seen, the current one included
   * @param blocks numbers of the blocks, from 0
   * @param rotary rotary positions of these blocks, if they have their own
   */
  public record Window(int tokens, Set<Integer> blocks, Optional<Rotary> rotary) {

    /** Copies the set, in order: the text of a configuration is the same in each process. */
    public Window {
      blocks = Collections.unmodifiableSortedSet(new TreeSet<>(blocks));
    }

    /**
     * What is left visible in the window.
     *
     * @param positions {@code [batch][tokens]}
     * @param columns positions of the tokens that may be seen, {@code [batch][columns]}
     * @param visible which of them are seen without a window, {@code [batch · tokens · columns]}
     */
    boolean[] visible(int[][] positions, int[][] columns, boolean[] visible) {
      boolean[] left = visible.clone();
      int at = 0;
      for (int row = 0; row < positions.length; row++) {
        for (int position : positions[row]) {
          for (int column : columns[row]) {
            left[at++] &= position - column < tokens;
          }
        }
      }
      return left;
    }
  }

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
        window,
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
    if (architecture.outputNorms()) {
      norm(ModelPart.ATTENTION_OUTPUT_NORM, block, width, shapes);
    }
    norm(ModelPart.MLP_NORM, block, width, shapes);
    if (architecture.gated()) {
      linear(ModelPart.GATE, block, hidden, width, shapes);
    }
    linear(ModelPart.UP, block, hidden, width, shapes);
    linear(ModelPart.DOWN, block, width, hidden, shapes);
    if (architecture.outputNorms()) {
      norm(ModelPart.MLP_OUTPUT_NORM, block, width, shapes);
    }
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
  }

  /**
   * Whether the angles of positions change with the length of a sequence, up to this length. Keys
   * that a shorter sequence kept then do not suit a longer one.
   */
  public boolean stretchesWithin(int tokens) {
    return Stream.concat(rotary.stream(), window.flatMap(Window::rotary).stream())
        .anyMatch(
            each ->
                !Arrays.equals(
                    each.frequencies(headWidth, 1), each.frequencies(headWidth, tokens)));
  }

  /** Number of all weights. */
  public long parameters() {
    return count(endShapes()) + blocks * count(blockShapes(0));
  }

  private static long count(Map<String, Shape> shapes) {
    return shapes.values().stream().mapToLong(Shape::size).sum();
  }
}
