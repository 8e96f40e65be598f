package tare.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Stream;
import tare.report.statistics.Permutation;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/**
 * Compares sources with each other: is the difference of their means larger than between two random
 * draws? Perplexities and divergences are compared by their logarithms, and shown in per cent.
 */
public final class SourcePairs {

  private static final String[] CONDITION = {"model", "task", "metric", "method"};
  private static final Permutation PERMUTATION = new Permutation(1 << 14);
  private static final long SEED = 1;

  private SourcePairs() {}

  /**
   * Columns: the condition (the model only where it varies), {@code first}, {@code second}, {@code
   * unit} and {@code difference} (of the means, first − second; in per cent of the second's
   * geometric mean for perplexities and divergences, whose unit is {@code %}), {@code p} (see
   * {@link Permutation#between}), {@code p_holm} (corrected for the pairs of the same condition).
   * Sources with fewer than two sets are left out. Numbers are missing where a score has no
   * logarithm but needs one.
   *
   * @param results rows of one budget, with the columns of {@code results.csv}
   */
  public static Table table(Table results) {
    String[] by = Stream.concat(Stream.of(CONDITION), Stream.of("corpus")).toArray(String[]::new);
    Map<List<String>, Map<String, double[]>> conditions = new TreeMap<>(Grouped.inOrder());
    Grouped.values(Grouped.compressedRows(results), by)
        .forEach(
            (key, values) -> {
              if (!key.get(4).isEmpty() && values.size() > 1) {
                conditions
                    .computeIfAbsent(key.subList(0, 4), k -> new TreeMap<>())
                    .put(
                        key.get(4),
                        values.stream()
                            .mapToDouble(value -> PairedTests.scaled(key.get(2), value))
                            .toArray());
              }
            });
    Conditions left = Conditions.named(CONDITION);
    StringColumn first = StringColumn.create("first");
    StringColumn second = StringColumn.create("second");
    StringColumn unit = StringColumn.create("unit");
    DoubleColumn[] numbers =
        Stream.of("difference", "p", "p_holm").map(Numbers::column).toArray(DoubleColumn[]::new);
    conditions.forEach(
        (key, corpora) -> {
          List<String> names = List.copyOf(corpora.keySet());
          List<double[]> rows = new ArrayList<>();
          for (int i = 0; i < names.size(); i++) {
            for (int j = i + 1; j < names.size(); j++) {
              left.append(key);
              first.append(names.get(i));
              second.append(names.get(j));
              unit.append(PairedTests.unit(key.get(2)));
              rows.add(pair(corpora.get(names.get(i)), corpora.get(names.get(j))));
            }
          }
          double[] holm = Holm.adjusted(rows.stream().mapToDouble(row -> row[1]).toArray());
          for (int i = 0; i < holm.length; i++) {
            Numbers.append(
                numbers, PairedTests.shown(key.get(2), rows.get(i)[0]), rows.get(i)[1], holm[i]);
          }
        });
    return left.table("source against source").addColumns(first, second, unit).addColumns(numbers);
  }

  private static double[] pair(double[] first, double[] second) {
    double difference =
        Arrays.stream(first).average().orElseThrow()
            - Arrays.stream(second).average().orElseThrow();
    double p =
        Double.isNaN(difference)
            ? Double.NaN
            : PERMUTATION.between(first, second, new SplittableRandom(SEED));
    return new double[] {difference, p};
  }
}
