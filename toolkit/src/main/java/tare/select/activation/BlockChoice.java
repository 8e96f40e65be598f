package tare.select.activation;

import java.util.stream.IntStream;

/**
 * Which blocks of a model are looked at. The model runs no further than the last of them.
 *
 * @param part which part
 * @param number the step of {@code EVERY}, the count of {@code FIRST}; 1 for the others
 */
public record BlockChoice(Part part, int number) {

  /** Parts of a model. */
  public enum Part {
    /** Each {@code number}-th block, from the first. */
    EVERY,
    /** The first {@code number} blocks: an early exit. */
    FIRST,
    /** The first half of the blocks. */
    FIRST_HALF,
    /** The last half of the blocks. */
    LAST_HALF
  }

  /** All blocks. */
  public static final BlockChoice ALL = new BlockChoice(Part.EVERY, 1);

  /** Every fourth block, from the first: a quarter of the memory. */
  public static final BlockChoice EVERY_FOURTH = new BlockChoice(Part.EVERY, 4);

  /** The first half of the blocks: half the time. */
  public static final BlockChoice FIRST_HALF = new BlockChoice(Part.FIRST_HALF, 1);

  /** The last half of the blocks. */
  public static final BlockChoice LAST_HALF = new BlockChoice(Part.LAST_HALF, 1);

  /** Checks the number. */
  public BlockChoice {
    if (number < 1) {
      throw new IllegalArgumentException(
          "The number of blocks, or the step, is at least 1; got " + number + ".");
    }
  }

  /** The first blocks only. */
  public static BlockChoice first(int count) {
    return new BlockChoice(Part.FIRST, count);
  }

  /**
   * The numbers of the blocks, rising, at least one.
   *
   * @param blocks how many the model has
   */
  public int[] of(int blocks) {
    return switch (part) {
      case EVERY -> IntStream.iterate(0, b -> b < blocks, b -> b + number).toArray();
      case FIRST -> IntStream.range(0, Math.min(number, blocks)).toArray();
      case FIRST_HALF -> IntStream.range(0, (blocks + 1) / 2).toArray();
      case LAST_HALF -> IntStream.range(blocks / 2, blocks).toArray();
    };
  }
}
