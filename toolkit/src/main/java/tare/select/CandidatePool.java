package tare.select;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import java.util.Locale;
import tare.data.Budget;
import tare.data.Corpus;

/**
 * Defines the windows of a corpus from which a selector chooses. With generators of the same seed,
 * every selector sees the same windows in the same order. The pools of the sets of one seed share
 * no document.
 *
 * <p>The documents are ordered by a hash of their text and the seed. The order of the corpus
 * therefore does not matter, and equal texts count once.
 *
 * <p>Unless the pool is packed, each document gives one window, at a random place, and shorter
 * documents are left out. A mean over the parts of several documents varies less than a mean over a
 * single document. In a pool with both kinds, every distance to a centroid would therefore favour
 * windows of many documents.
 *
 * @param pressure windows in the pool for each chosen sample; 0 for the whole corpus
 * @param packed whether documents are joined by a blank line and cut without regard to their ends
 */
public record CandidatePool(
    @JsonPropertyDescription("windows in the pool for each sample; 0 for the whole corpus")
        int pressure,
    @JsonPropertyDescription(
            "join documents, short and long, and cut them into as many windows as possible;"
                + " otherwise each document gives one window")
        boolean packed) {

  /** Eight windows for each sample, from joined documents. */
  public static final CandidatePool PACKED = new CandidatePool(8, true);

  /** Checks the number. */
  public CandidatePool {
    if (pressure < 0) {
      throw new IllegalArgumentException(
          "A pool holds 1 or more windows for each sample, or 0 for the whole corpus; got "
              + pressure
              + ".");
    }
  }

  /** Eight windows for each sample, each from one document. */
  public CandidatePool() {
    this(8, false);
  }

  /** Returns the same rule for a smaller or larger pool. */
  public CandidatePool pressure(int other) {
    return new CandidatePool(other, packed);
  }

  /**
   * Draws the pool. Windows are tokenized each time they are visited.
   *
   * @param given its generator gives one number, whatever the size of the pool; its set tells which
   *     of the disjoint pools to draw
   * @throws IllegalArgumentException if the pool is the whole corpus and the set is not the first
   */
  public Candidates draw(Corpus corpus, Budget budget, Surroundings given) {
    if (pressure == 0 && given.set() > 0) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "A pool of the whole corpus (pressure 0) is the only one of its seed; got set %d.",
              given.set()));
    }
    return new Candidates(this, corpus, budget, given);
  }
}
