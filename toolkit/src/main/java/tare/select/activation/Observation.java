package tare.select.activation;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import java.util.stream.IntStream;
import tare.select.Passage;

/**
 * Says which of a model's activations are observed.
 *
 * @param points where in a block
 * @param firstBlocks number of observed blocks, from the first; 0 for all. The model runs only up
 *     to the last of them
 * @param counted at which tokens
 */
public record Observation(
    Points points,
    @JsonPropertyDescription("run only this many blocks, from the first; 0 for all")
        int firstBlocks,
    @JsonPropertyDescription("the counted tokens of a window") Counted counted) {

  /** Observes the residual stream after each block, at all tokens but the first. */
  public static final Observation OUTPUTS =
      new Observation(Points.BLOCK_OUTPUT, 0, Counted.ALL_BUT_FIRST);

  /** Where in a block. */
  public enum Points {
    /** The inputs of the four groups of linear layers, which are what a quantizer sees. */
    GROUP_INPUTS,
    /** The residual stream after the block. */
    BLOCK_OUTPUT
  }

  /** The counted tokens of a window. Windows have no padding. */
  public enum Counted {
    /**
     * All but the first. The first position of a sequence carries massive activations, whatever its
     * token (Sun et al., arXiv 2402.17762). Its share of a mean is one over the length.
     */
    ALL_BUT_FIRST,
    /** All tokens. */
    ALL,
    /** The tokens of right answers; in a window without marked answers, all but the first. */
    ANSWERS;

    /** Whether a window has a counted token. */
    public boolean any(Passage passage) {
      return IntStream.range(0, passage.tokens().length).anyMatch(t -> weight(passage, t) > 0);
    }

    /** The sum of the weights of a window's counted tokens. */
    public double weight(Passage passage) {
      return IntStream.range(0, passage.tokens().length).mapToDouble(t -> weight(passage, t)).sum();
    }

    /** The weight of a token: its own (1 if the passage names none) if it counts, else 0. */
    float weight(Passage passage, int token) {
      boolean counts =
          switch (this) {
            case ALL -> true;
            case ALL_BUT_FIRST -> token >= 1;
            case ANSWERS ->
                token >= 1 && (passage.answers().length == 0 || passage.answers()[token]);
          };
      float weight = passage.weights().length == 0 ? 1 : passage.weights()[token];
      return counts ? weight : 0;
    }
  }

  /** Checks the number. */
  public Observation {
    if (firstBlocks < 0) {
      throw new IllegalArgumentException(
          "firstBlocks must be at least 1, or 0 for all blocks; got " + firstBlocks + ".");
    }
  }

  /** Observes the inputs of all groups of all blocks, at all tokens but the first. */
  public Observation() {
    this(Points.GROUP_INPUTS, 0, Counted.ALL_BUT_FIRST);
  }

  /** Returns a copy for the first blocks only; 0 for all. */
  public Observation firstBlocks(int count) {
    return new Observation(points, count, counted);
  }

  /** Returns a copy that counts other tokens. */
  public Observation counted(Counted other) {
    return new Observation(points, firstBlocks, other);
  }

  /**
   * Number of observed blocks.
   *
   * @param all number of the model's blocks
   */
  int blocks(int all) {
    return firstBlocks == 0 ? all : Math.min(firstBlocks, all);
  }
}
