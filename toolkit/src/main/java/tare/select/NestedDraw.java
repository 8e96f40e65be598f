package tare.select;

import tare.data.Budget;
import tare.data.CalibrationSet;
import tare.data.Corpus;

/**
 * Text drawn as by {@link UniformDraw}, but set k begins at token k·T of the packed text, whatever
 * its size. So a set of 4 samples is the beginning of the set of 16 samples of the same length,
 * and, where the lengths divide T, the shorter of two sets of equal numbers of tokens has the same
 * text as the longer. Sets that differ in k share no window.
 *
 * @param tokensApart T: at least the tokens of the largest set
 */
public record NestedDraw(long tokensApart) implements Selector {

  /** Checks the number. */
  public NestedDraw {
    if (tokensApart < 2) {
      throw new IllegalArgumentException(
          "Nested sets lie at least 2 tokens apart; got " + tokensApart + ".");
    }
  }

  @Override
  public boolean asksForModel() {
    return false;
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if a set of this budget would reach into the next, or the
   *     corpus is too small
   */
  @Override
  public CalibrationSet select(Corpus pool, Budget budget, Surroundings given) {
    if (budget.tokens() > tokensApart) {
      throw new IllegalArgumentException(
          "Nested sets of %d x %d tokens overlap if they lie %d tokens apart."
              .formatted(budget.samples(), budget.tokensPerSample(), tokensApart));
    }
    long from = given.set() * (tokensApart / budget.tokensPerSample());
    return new CalibrationSet(name(), budget, UniformDraw.windows(pool, budget, given, from));
  }
}
