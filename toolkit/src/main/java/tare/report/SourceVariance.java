package tare.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.apache.commons.statistics.inference.OneWayAnova;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.Table;

/**
 * Tests whether the source matters more than the draw, by a one-way analysis of variance of the
 * scores by corpus: F = (mean square between corpora) / (mean square between sets of one corpus).
 * If all corpora are alike, F is near 1, and p is the probability of an F at least as large.
 *
 * <p>Perplexities and divergences are tested and divided by their logarithms: the sets of a source
 * with a high perplexity also differ more, and the test presumes that all sources have the same
 * variance. The two standard deviations are those of the scores themselves.
 */
public final class SourceVariance {

  private static final String[] CONDITION = {"model", "task", "metric", "method"};

  private SourceVariance() {}

  /**
   * Columns: the condition (the model only if there are several), {@code corpora}, {@code sets},
   * {@code std_between} (of the corpora's means), {@code std_within} (pooled over corpora), {@code
   * f}, {@code p}, {@code share_between}: the share of the variance of a set that is its source's,
   * with source and set as random effects (by the mean squares, not below 0). The last three are
   * missing if all sets of a corpus have the same score, or a score has no logarithm but needs one.
   * Methods without calibration, and conditions with fewer than two corpora of two sets, are left
   * out.
   *
   * @param results rows with the columns of {@code results.csv}
   */
  public static Table table(Table results) {
    Map<List<String>, List<List<Double>>> conditions = new TreeMap<>(Grouped.inOrder());
    String[] by = Stream.concat(Stream.of(CONDITION), Stream.of("corpus")).toArray(String[]::new);
    Grouped.values(Grouped.compressedRows(results), by)
        .forEach(
            (key, values) -> {
              if (!key.get(4).isEmpty() && values.size() > 1) {
                conditions.computeIfAbsent(key.subList(0, 4), k -> new ArrayList<>()).add(values);
              }
            });
    conditions.values().removeIf(corpora -> corpora.size() < 2);
    return table(conditions);
  }

  private static Table table(Map<List<String>, List<List<Double>>> conditions) {
    Conditions left = Conditions.named(CONDITION);
    IntColumn corpora = IntColumn.create("corpora");
    IntColumn sets = IntColumn.create("sets");
    DoubleColumn[] numbers =
        Stream.of("std_between", "std_within", "f", "p", "share_between")
            .map(Numbers::column)
            .toArray(DoubleColumn[]::new);
    conditions.forEach(
        (key, groups) -> {
          left.append(key);
          corpora.append(groups.size());
          sets.append(groups.stream().mapToInt(List::size).sum());
          OneWayAnova.Result scores = anova(groups, value -> value);
          OneWayAnova.Result tested = anova(groups, value -> PairedTests.scaled(key.get(2), value));
          boolean differs = scores.getMSWG() > 0;
          Numbers.append(
              numbers,
              Grouped.standardDeviation(groups.stream().map(Grouped::mean).toList()),
              Math.sqrt(scores.getMSWG()),
              differs ? tested.getStatistic() : Double.NaN,
              differs ? tested.getPValue() : Double.NaN,
              differs ? shareBetween(tested) : Double.NaN);
        });
    return left.table("variance between and within sources")
        .addColumns(corpora, sets)
        .addColumns(numbers);
  }

  private static double shareBetween(OneWayAnova.Result anova) {
    double between = Math.max(0, anova.getVCBG());
    return between / (between + anova.getVCWG());
  }

  private static OneWayAnova.Result anova(List<List<Double>> groups, DoubleUnaryOperator compared) {
    return OneWayAnova.withDefaults()
        .test(
            groups.stream()
                .map(group -> DoubleStream.of(Grouped.array(group)).map(compared).toArray())
                .toList());
  }
}
