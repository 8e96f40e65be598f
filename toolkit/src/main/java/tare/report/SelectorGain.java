package tare.report;

import java.util.Collection;
import java.util.List;
import tech.tablesaw.api.Table;

/**
 * Tests whether a selector is better than a random draw. It subtracts the random draw's score from
 * the selector's score, pool by pool. The random draw is {@code uniform-pool}, or {@code uniform}
 * if no trial has that.
 */
public final class SelectorGain {

  private static final List<String> CONDITION =
      List.of("model", "task", "metric", "method", "corpus", "samples", "tokens_per_sample");
  private static final List<String> RANDOM = List.of("uniform-pool", "uniform");

  private SelectorGain() {}

  /**
   * Columns: the condition (model and budget only where they vary), {@code selector}, {@code
   * pairs}, {@code unit}, {@code mean_difference} (selector − random) and the later columns of
   * {@link PairedTests} (the family of {@code p_t_holm}: all rows of one metric). Selectors that
   * share fewer than two pools with the random draw are left out.
   *
   * @param results rows with the columns of {@code results.csv}
   * @throws IllegalArgumentException if no trial has a random draw
   */
  public static Table table(Table results) {
    Table rows = Grouped.compressedRows(results);
    rows = rows.where(rows.stringColumn("selector").isNotEqualTo(""));
    String random = random(rows.stringColumn("selector_label").unique().asList());
    if (random == null) {
      throw new IllegalArgumentException(
          "No trial has a random draw (the selector uniform-pool or uniform) to compare selectors"
              + " with.");
    }
    Table gains = PoolGain.against(rows, CONDITION, "selector_label", random, "");
    gains.column("selector_label").setName("selector");
    return gains.setName("selectors against " + random);
  }

  /** The random draw among the names of selectors; null if there is none. */
  static String random(Collection<String> names) {
    return RANDOM.stream().filter(names::contains).findFirst().orElse(null);
  }
}
