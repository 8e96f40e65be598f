package tare.select;

/**
 * A selector that chooses among the windows of a {@link CandidatePool}.
 *
 * @param <S> the selector itself
 */
public interface PoolSelector<S extends PoolSelector<S>> extends Selector {

  /** The pool to choose from. */
  CandidatePool pool();

  /** The same with another pool. */
  S from(CandidatePool other);

  /**
   * Returns a copy with this number of windows in the pool for each sample; 0 for the whole corpus.
   */
  default S pressure(int windows) {
    return from(pool().pressure(windows));
  }

  /** Returns a copy that joins documents and cuts them, so that short documents are used too. */
  default S packed() {
    return from(CandidatePool.PACKED.pressure(pool().pressure()));
  }
}
