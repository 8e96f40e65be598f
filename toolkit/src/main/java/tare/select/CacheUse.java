package tare.select;

/** Told how much of a selection came from the cache, and what the rest cost. */
@FunctionalInterface
public interface CacheUse {

  /** Tells nobody. */
  CacheUse NONE = (kept, computed, seconds) -> {};

  /**
   * Windows were looked up.
   *
   * @param kept how many were there from before
   * @param computed how many ran through the model
   * @param seconds how long these took
   */
  void looked(int kept, int computed, double seconds);
}
