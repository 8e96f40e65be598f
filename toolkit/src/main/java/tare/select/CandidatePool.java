package tare.select;

import tare.data.Budget;
import tare.data.Corpus;

/**
 * Which windows of a corpus a selector chooses from. With generators of the same seed every
 * selector sees the same windows in the same order; the pools of one seed share no document.
 *
 * <p>The documents come in the order of a hash of their text and the seed, so the order in which
 * the corpus holds them does not matter, and an equal text counts once.
 *
 * @param pressure windows in the pool for each sample that is chosen; 0 for all of the corpus
 * @param number which of the disjoint pools, from 0
 * @param cutting how windows are cut
 */
public record CandidatePool(int pressure, int number, Cutting cutting) {

  /** How documents become windows. */
  public enum Cutting {
    /**
     * One window from each document, at a random place; shorter documents are left out. A mean over
     * the parts of several documents varies less than one over a single document, so in a mixed
     * pool every distance to a centroid would favour windows of many documents.
     */
    ONE_DOCUMENT,
    /** Documents joined by a blank line and cut without regard to where they end. */
    PACKED
  }

  /** Checks the numbers. */
  public CandidatePool {
    if (pressure < 0 || number < 0 || (pressure == 0 && number > 0)) {
      throw new IllegalArgumentException(
          "A pool holds 1 or more windows for each sample (0 for all, then there is only pool 0),"
              + " and pools are counted from 0; got %d windows, pool %d."
                  .formatted(pressure, number));
    }
  }

  /** Pool 0: eight windows for each sample, each from one document. */
  public CandidatePool() {
    this(8, 0, Cutting.ONE_DOCUMENT);
  }

  /** The same rule for another pool. */
  public CandidatePool number(int other) {
    return new CandidatePool(pressure, other, cutting);
  }

  /** The same rule for a smaller or larger pool. */
  public CandidatePool pressure(int other) {
    return new CandidatePool(other, number, cutting);
  }

  /**
   * Draws the pool; windows are tokenized when they are reached, each time.
   *
   * @param given its generator gives one number, whatever the size of the pool
   */
  public Candidates draw(Corpus corpus, Budget budget, Surroundings given) {
    return new Candidates(this, corpus, budget, given.tokenizer(), given.random().nextLong());
  }
}
