package tare.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/**
 * Tests whether calibration sets of a pool are better than those of another pool, set by set. It
 * subtracts the score of the other pool's set of the same number, for the same method. This fits
 * pools of the same texts, such as {@code chat} and {@code chat?count=answers}.
 *
 * <p>Perplexities and divergences are compared by their logarithms, see {@link PairedTests}.
 * Differences of {@code nll} are in nats per token: 0.01 is one per cent of perplexity.
 */
public final class PoolGain {

  private static final List<String> CONDITION =
      List.of("model", "task", "metric", "method", "samples", "tokens_per_sample");

  private static final List<String> OVER_METHODS =
      List.of("model", "task", "metric", "bits", "samples", "tokens_per_sample");

  private PoolGain() {}

  /**
   * Columns: the condition (model and budget only where they vary), {@code corpus}, {@code pairs},
   * {@code unit}, {@code mean_difference} (corpus − reference) and the later columns of {@link
   * PairedTests} (the family of {@code p_t_holm}: all rows of one metric). Pools that share fewer
   * than two sets with the reference are left out.
   *
   * @param results rows with the columns of {@code results.csv}
   * @param reference the pool that the others are compared with, as in the column {@code corpus}
   * @throws IllegalArgumentException if no trial has a set of the reference
   */
  public static Table table(Table results, String reference) {
    return against(rows(results, reference), CONDITION, "corpus", reference, "");
  }

  /**
   * The same for the mean over the methods of each number of bits. All methods of a set have the
   * same weight; a set that lacks a method is left out. There is one row for each task, metric,
   * number of bits and pool. The columns are those of {@link #table}, with {@code bits} in place of
   * {@code method}.
   *
   * @param results rows with the columns of {@code results.csv}
   * @param reference the pool that the others are compared with, as in the column {@code corpus}
   * @throws IllegalArgumentException if no trial has a set of the reference
   */
  public static Table overMethods(Table results, String reference) {
    return against(rows(results, reference), OVER_METHODS, "corpus", reference, "method");
  }

  private static Table rows(Table results, String reference) {
    Table rows = Grouped.compressedRows(results);
    rows = rows.where(rows.stringColumn("corpus").isNotEqualTo(""));
    List<String> pools = new Results(rows).each("corpus");
    if (!pools.contains(reference)) {
      throw new IllegalArgumentException(
          "No trial was calibrated on %s, which the others are compared with; there are %s."
              .formatted(reference, pools));
    }
    return rows;
  }

  /**
   * Compares each value of a column with one of its values, set by set.
   *
   * @param condition the columns that name a condition, {@code metric} among them
   * @param varied the column
   * @param reference the value that the others are compared with
   * @param averaged a column over whose values the differences of a set are averaged; empty for
   *     none
   */
  static Table against(
      Table rows, List<String> condition, String varied, String reference, String averaged) {
    String[] by =
        Stream.concat(condition.stream(), Stream.of(varied, "set", averaged))
            .filter(name -> !name.isEmpty())
            .toArray(String[]::new);
    int left = condition.size();
    Map<List<String>, Map<List<String>, Double>> scores = new TreeMap<>(Grouped.inOrder());
    Grouped.values(rows, by)
        .forEach(
            (key, values) ->
                scores
                    .computeIfAbsent(
                        List.copyOf(key.subList(0, left + 1)),
                        unseen -> new TreeMap<>(Grouped.inOrder()))
                    .put(
                        List.copyOf(key.subList(left + 1, key.size())),
                        PairedTests.mean(key.get(condition.indexOf("metric")), values)));
    Map<List<String>, List<Double>> differences = new TreeMap<>(Grouped.inOrder());
    scores.forEach(
        (key, sets) -> {
          List<String> others =
              Stream.concat(key.subList(0, left).stream(), Stream.of(reference)).toList();
          List<Double> pairs = differences(sets, scores.getOrDefault(others, Map.of()));
          if (!key.get(left).equals(reference) && pairs.size() > 1) {
            differences.put(key, pairs);
          }
        });
    return table(condition, varied, reference, differences);
  }

  /** The difference of each set that both have, averaged over what follows the set in its key. */
  private static List<Double> differences(
      Map<List<String>, Double> scores, Map<List<String>, Double> others) {
    Map<String, List<Double>> sets = new TreeMap<>();
    scores.forEach(
        (key, score) -> {
          if (others.containsKey(key)) {
            sets.computeIfAbsent(key.get(0), unseen -> new ArrayList<>())
                .add(score - others.get(key));
          }
        });
    int most = sets.values().stream().mapToInt(List::size).max().orElse(0);
    return sets.values().stream().filter(each -> each.size() == most).map(Grouped::mean).toList();
  }

  private static Table table(
      List<String> condition,
      String varied,
      String reference,
      Map<List<String>, List<Double>> differences) {
    Conditions left = Conditions.named(condition.toArray(String[]::new));
    StringColumn values = StringColumn.create(varied);
    IntColumn pairs = IntColumn.create("pairs");
    StringColumn unit = StringColumn.create("unit");
    DoubleColumn[] numbers =
        PairedTests.NUMBERS.stream().map(Numbers::column).toArray(DoubleColumn[]::new);
    List<String> metrics = new ArrayList<>();
    differences.forEach(
        (key, each) -> {
          left.append(key.subList(0, condition.size()));
          String metric = key.get(condition.indexOf("metric"));
          metrics.add(metric);
          values.append(key.get(condition.size()));
          pairs.append(each.size());
          unit.append(PairedTests.unit(metric));
          Numbers.append(numbers, PairedTests.tests(metric, each));
        });
    DoubleColumn holm =
        Numbers.column("p_t_holm", Holm.adjusted(numbers[3].asDoubleArray(), metrics));
    return left.table("against " + reference)
        .addColumns(values, pairs, unit)
        .addColumns(numbers)
        .addColumns(holm);
  }
}
