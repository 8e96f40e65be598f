package tare.select.acdm;

/**
 * How a set is put together.
 *
 * @param sharing how tasks share it
 * @param rule how it is built from distances
 * @param diversity what keeps equal text out
 * @param share how much of the set is chosen so; the rest is drawn uniformly from the pool
 */
public record Composition(Sharing sharing, SetRule rule, Diversity diversity, double share) {

  /** Checks that the parts fit together. */
  public Composition {
    if (!(share > 0 && share <= 1)) {
      throw new IllegalArgumentException(
          "share is how much of the set is chosen by distance, above 0 and up to 1; got "
              + share
              + ".");
    }
    boolean alone =
        rule == SetRule.NEAREST || rule == SetRule.NEAREST_MMR || rule == SetRule.FARTHEST;
    if (sharing != Sharing.QUOTA && !alone) {
      throw new IllegalArgumentException(
          "The rule " + rule + " builds the share of one task: it needs the sharing QUOTA.");
    }
  }

  /** Equal quotas, nearest windows, one window a document, no random part. */
  public Composition() {
    this(Sharing.QUOTA, SetRule.NEAREST, Diversity.STRICT, 1);
  }
}
