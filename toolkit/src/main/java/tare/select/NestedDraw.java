package tare.select;

import java.util.Locale;
import tare.data.Budget;
import tare.data.CalibrationSet;
import tare.data.Corpus;

/**
 * Draws text uniformly as {@link UniformDraw} does, but set k begins at token k·T of the packed
 * text, whatever its size. A set of 4 samples is therefore the beginning of the set of 16 samples
 * of the same length. Where the sample lengths divide T, two sets with equal numbers of tokens but
 * different sample lengths have the same text. Sets with different k share no window.
 *
 * @param tokensApart T: at least the number of tokens of the largest set
 */
public record NestedDraw(long tokensApart) implements Selector {

  /** Checks the number. */
  public NestedDraw {
    if (tokensApart < 2) {
      throw new IllegalArgumentException(
          "Nested sets must begin at least 2 tokens apart; got " + tokensApart + ".");
    }
  }

  @Override
  public boolean asksForModel() {
    return false;
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if a set of this budget would reach into the next one, or the
   *     corpus is too small
   */
  @Override
  public CalibrationSet select(Corpus pool, Budget budget, Surroundings given) {
    if (budget.tokens() > tokensApart) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Nested sets of %d x %d tokens overlap if they begin %d tokens apart.",
              budget.samples(),
              budget.tokensPerSample(),
              tokensApart));
    }
    long from = given.set() * (tokensApart / budget.tokensPerSample());
    return new CalibrationSet(name(), budget, UniformDraw.windows(pool, budget, given, from));
  }
}
