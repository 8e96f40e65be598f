package tare.select;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import tare.data.Budget;
import tare.data.Corpus;

/**
 * Which windows of a corpus a selector chooses from. With generators of the same seed every
 * selector sees the same windows in the same order; the pools of the sets of one seed share no
 * document.
 *
 * <p>The documents come in the order of a hash of their text and the seed, so the order in which
 * the corpus holds them does not matter, and an equal text counts once.
 *
 * <p>Unless it is packed, each document gives one window, at a random place; shorter documents are
 * left out. A mean over the parts of several documents varies less than one over a single document,
 * so in a mixed pool every distance to a centroid would favour windows of many documents.
 *
 * @param pressure windows in the pool for each sample that is chosen; 0 for all of the corpus
 * @param packed whether documents are joined by a blank line and cut without regard to where they
 *     end
 */
public record CandidatePool(
    @JsonPropertyDescription("windows in the pool for each sample; 0 for all") int pressure,
    @JsonPropertyDescription(
            "join documents, short and long, and cut them into as many windows as they give;"
                + " otherwise each gives one")
        boolean packed) {

  /** Eight windows for each sample, of documents that are joined and cut. */
  public static final CandidatePool PACKED = new CandidatePool(8, true);

  /** Checks the number. */
  public CandidatePool {
    if (pressure < 0) {
      throw new IllegalArgumentException(
          "A pool holds 1 or more windows for each sample, or 0 for all; got " + pressure + ".");
    }
  }

  /** Eight windows for each sample, each from one document. */
  public CandidatePool() {
    this(8, false);
  }

  /** The same rule for a smaller or larger pool. */
  public CandidatePool pressure(int other) {
    return new CandidatePool(other, packed);
  }

  /**
   * Draws the pool; windows are tokenized when they are reached, each time.
   *
   * @param given its generator gives one number, whatever the size of the pool; its set says which
   *     of the disjoint pools
   * @throws IllegalArgumentException if the pool is all of the corpus and the set is not the first
   */
  public Candidates draw(Corpus corpus, Budget budget, Surroundings given) {
    if (pressure == 0 && given.set() > 0) {
      throw new IllegalArgumentException(
          "A pool of all windows (pressure 0) is the only one of its seed; got set %d."
              .formatted(given.set()));
    }
    return new Candidates(this, corpus, budget, given);
  }
}
