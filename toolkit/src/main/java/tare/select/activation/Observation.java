package tare.select.activation;

import java.util.stream.IntStream;
import tare.model.LinearGroup;
import tare.select.Passage;

/**
 * What of a model's activations is looked at.
 *
 * @param points where in a block
 * @param blocks in which blocks
 * @param counted at which tokens
 */
public record Observation(Points points, BlockChoice blocks, Counted counted) {

  /** Where in a block. */
  public enum Points {
    /** The inputs of the four groups of linears: what a quantizer sees. */
    GROUP_INPUTS,
    /** The inputs of q, k, v and of gate and up only: the normed residual stream, twice a block. */
    NORMED_INPUTS,
    /** The residual stream before the block; a few massive channels dominate it. */
    BLOCK_INPUT,
    /** The residual stream after the block. */
    BLOCK_OUTPUT;

    public boolean inGroups() {
      return this == GROUP_INPUTS || this == NORMED_INPUTS;
    }

    boolean holds(LinearGroup group) {
      return this == GROUP_INPUTS
          || (this == NORMED_INPUTS && (group.name().equals("qkv") || group.name().endsWith("up")));
    }
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
    /** All but the first four. */
    ALL_BUT_FIRST_FOUR,
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
            case ALL_BUT_FIRST_FOUR -> token >= 4;
            case ANSWERS ->
                token >= 1 && (passage.answers().length == 0 || passage.answers()[token]);
          };
      return counts ? 1 : 0;
    }
  }

  /** The inputs of all groups of all blocks, at all tokens but the first. */
  public Observation() {
    this(Points.GROUP_INPUTS, BlockChoice.ALL, Counted.ALL_BUT_FIRST);
  }
}
