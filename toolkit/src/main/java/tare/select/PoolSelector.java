package tare.select;

/**
 * A selector that chooses among the windows of a {@link CandidatePool}.
 *
 * @param <S> the selector itself
 */
public interface PoolSelector<S extends PoolSelector<S>> extends Selector {

  /** The windows that it chooses from. */
  CandidatePool pool();

  /** The same with another pool. */
  S from(CandidatePool other);

  /** The same with so many windows in the pool for each sample; 0 for all of the corpus. */
  default S pressure(int windows) {
    return from(pool().pressure(windows));
  }

  /** The same, with documents joined and cut, so that short ones count too. */
  default S packed() {
    return from(CandidatePool.PACKED.pressure(pool().pressure()));
  }
}
