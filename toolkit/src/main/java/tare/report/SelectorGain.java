package tare.report;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/**
 * Tests whether a selector is better than a random draw. It subtracts the random draw's score from
 * the selector's score, pool by pool. The random draw is {@code uniform-pool}, or {@code uniform}
 * if no trial has that.
 */
public final class SelectorGain {

  private static final String[] CONDITION = {
    "model", "task", "metric", "method", "corpus", "samples", "tokens_per_sample"
  };
  private static final List<String> RANDOM = List.of("uniform-pool", "uniform");

  private SelectorGain() {}

  /**
   * Columns: the condition (model and budget only where they vary), {@code selector}, {@code
   * pairs}, {@code mean_difference} (selector − random) and the later columns of {@link
   * PairedTests} (the family of {@code p_t_holm}: all rows of one metric). Selectors that share
   * fewer than two pools with the random draw are left out.
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
    String[] by =
        Stream.concat(Stream.of(CONDITION), Stream.of("selector_label", "set"))
            .toArray(String[]::new);
    Map<List<String>, Map<String, Double>> scores = new TreeMap<>(Grouped.inOrder());
    Grouped.values(rows, by)
        .forEach(
            (key, values) ->
                scores
                    .computeIfAbsent(
                        List.copyOf(key.subList(0, CONDITION.length + 1)), k -> new TreeMap<>())
                    .put(key.get(CONDITION.length + 1), Grouped.mean(values)));
    return table(scores, random);
  }

  /** The random draw among the names of selectors; null if there is none. */
  static String random(Collection<String> names) {
    return RANDOM.stream().filter(names::contains).findFirst().orElse(null);
  }

  private static Table table(Map<List<String>, Map<String, Double>> scores, String random) {
    Conditions left = Conditions.named(CONDITION);
    StringColumn selectors = StringColumn.create("selector");
    IntColumn pairs = IntColumn.create("pairs");
    List<String> metrics = new ArrayList<>();
    DoubleColumn[] numbers =
        PairedTests.NUMBERS.stream().map(Numbers::column).toArray(DoubleColumn[]::new);
    scores.forEach(
        (key, sets) -> {
          List<String> condition = key.subList(0, CONDITION.length);
          String selector = key.get(CONDITION.length);
          List<String> reference = new ArrayList<>(condition);
          reference.add(random);
          Map<String, Double> others = scores.getOrDefault(reference, Map.of());
          List<Double> differences = new ArrayList<>();
          sets.forEach(
              (set, score) -> {
                if (others.containsKey(set)) {
                  differences.add(score - others.get(set));
                }
              });
          if (!selector.equals(random) && differences.size() > 1) {
            left.append(condition);
            metrics.add(condition.get(2));
            selectors.append(selector);
            pairs.append(differences.size());
            Numbers.append(numbers, PairedTests.tests(differences));
          }
        });
    DoubleColumn holm =
        Numbers.column("p_t_holm", Holm.adjusted(numbers[3].asDoubleArray(), metrics));
    return left.table("selectors against " + random)
        .addColumns(selectors, pairs)
        .addColumns(numbers)
        .addColumns(holm);
  }
}
