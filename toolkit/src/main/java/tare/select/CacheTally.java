package tare.select;

import java.util.Locale;
import java.util.Optional;

/**
 * Counts what selections found in the cache. The duration of a selection says little without this
 * count.
 */
public final class CacheTally implements ActivationCache.Use {

  private int kept;
  private int computed;
  private double seconds;

  @Override
  public void looked(int keptNow, int computedNow, double secondsNow) {
    kept += keptNow;
    computed += computedNow;
    seconds += secondsNow;
  }

  /** A note that explains a duration; empty if no window was looked up. */
  public Optional<String> note() {
    return kept + computed == 0
        ? Optional.empty()
        : Optional.of(
            String.format(
                Locale.ROOT,
                "choosing: of %d windows %d were known from the cache, %d ran through the model in"
                    + " %.1f s",
                kept + computed,
                kept,
                computed,
                seconds));
  }
}
