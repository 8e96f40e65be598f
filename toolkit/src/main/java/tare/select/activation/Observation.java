package tare.select.activation;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import java.util.stream.IntStream;
import tare.select.Passage;

/**
 * What of a model's activations is looked at.
 *
 * @param points where in a block
 * @param firstBlocks how many blocks are looked at, from the first; 0 for all. The model runs no
 *     further than the last of them
 * @param counted at which tokens
 */
public record Observation(
    Points points,
    @JsonPropertyDescription("run the first so many blocks only; 0 for all") int firstBlocks,
    @JsonPropertyDescription("which tokens of a window count") Counted counted) {

  /** The residual stream after each block, at all tokens but the first. */
  public static final Observation OUTPUTS =
      new Observation(Points.BLOCK_OUTPUT, 0, Counted.ALL_BUT_FIRST);

  /** Where in a block. */
  public enum Points {
    /** The inputs of the four groups of linears: what a quantizer sees. */
    GROUP_INPUTS,
    /** The residual stream after the block. */
    BLOCK_OUTPUT
  }

  /** At which tokens of a window. Padding is never counted: windows have none. */
  public enum Counted {
    /**
     * All but the first. The first position of a sequence, whatever stands there, carries massive
     * activations (Sun et al., arXiv 2402.17762); its share of a mean is one over the length.
     */
    ALL_BUT_FIRST,
    /** All. */
    ALL,
    /** The tokens of the right answers; in a window without marked answers, all but the first. */
    ANSWERS;

    /** Whether a window has a token that counts. */
    public boolean any(Passage passage) {
      return IntStream.range(0, passage.tokens().length).anyMatch(t -> weight(passage, t) > 0);
    }

    /** Whether a token counts, 1 or 0. */
    float weight(Passage passage, int token) {
      boolean counts =
          switch (this) {
            case ALL -> true;
            case ALL_BUT_FIRST -> token >= 1;
            case ANSWERS ->
                token >= 1 && (passage.answers().length == 0 || passage.answers()[token]);
          };
      return counts ? 1 : 0;
    }
  }

  /** Checks the number. */
  public Observation {
    if (firstBlocks < 0) {
      throw new IllegalArgumentException(
          "firstBlocks is at least 1, or 0 for all blocks; got " + firstBlocks + ".");
    }
  }

  /** The inputs of all groups of all blocks, at all tokens but the first. */
  public Observation() {
    this(Points.GROUP_INPUTS, 0, Counted.ALL_BUT_FIRST);
  }

  /** The same of the first blocks only; 0 for all. */
  public Observation firstBlocks(int count) {
    return new Observation(points, count, counted);
  }

  /** The same at other tokens. */
  public Observation counted(Counted other) {
    return new Observation(points, firstBlocks, other);
  }

  /**
   * How many blocks are looked at.
   *
   * @param all how many the model has
   */
  int blocks(int all) {
    return firstBlocks == 0 ? all : Math.min(firstBlocks, all);
  }
}
