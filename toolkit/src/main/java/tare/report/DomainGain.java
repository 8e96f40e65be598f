package tare.report;

import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import tare.chat.PoolName;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/**
 * Measures how much the domain of the calibration text matters: for each method, corpus and task,
 * the gain over a random draw from all domains. The random draw is the corpus joined by {@code +},
 * the one of the most corpora and the most equal shares if there are several; without one, the
 * reference is the mean over the corpora.
 *
 * <p>For perplexities or divergences p and the reference's r, the gain is 1 − p/r with their
 * geometric means over the sets. For accuracies a and the reference's b, the gain is a − b. A gain
 * above zero is better than random.
 */
public final class DomainGain {

  private static final String[] CONDITION = {
    "model", "task", "metric", "method", "samples", "tokens_per_sample"
  };

  private DomainGain() {}

  /**
   * Columns: the condition (model and budget only where they vary), {@code corpus}, {@code
   * reference}, {@code sets}, {@code mean} (over the sets; geometric for perplexities), {@code
   * gain} (of the mean), {@code std_gain} (of the gains of single sets).
   *
   * @param results perplexity or accuracy rows with the columns of {@code results.csv}
   */
  public static Table table(Table results) {
    String[] by = Stream.concat(Stream.of(CONDITION), Stream.of("corpus")).toArray(String[]::new);
    Map<List<String>, Map<String, List<Double>>> conditions = new TreeMap<>(Grouped.inOrder());
    Grouped.values(Grouped.compressedRows(results), by)
        .forEach(
            (key, values) -> {
              if (!key.get(CONDITION.length).isEmpty()) {
                conditions
                    .computeIfAbsent(key.subList(0, CONDITION.length), k -> new TreeMap<>())
                    .put(key.get(CONDITION.length), values);
              }
            });
    conditions.values().removeIf(corpora -> corpora.size() < 2);
    Conditions left = Conditions.named(CONDITION);
    StringColumn corpus = StringColumn.create("corpus");
    StringColumn against = StringColumn.create("reference");
    IntColumn sets = IntColumn.create("sets");
    DoubleColumn[] numbers =
        Stream.of("mean", "gain", "std_gain").map(Numbers::column).toArray(DoubleColumn[]::new);
    conditions.forEach(
        (key, corpora) -> {
          String mixture = mixture(corpora.keySet());
          String reference = mixture == null ? "mean of corpora" : mixture;
          boolean ratios = PairedTests.onLogarithm(key.get(2));
          ToDoubleFunction<List<Double>> mean = ratios ? Grouped::geometricMean : Grouped::mean;
          double base =
              mean.applyAsDouble(
                  mixture == null
                      ? corpora.values().stream()
                          .map(values -> Double.valueOf(mean.applyAsDouble(values)))
                          .toList()
                      : corpora.get(mixture));
          ToDoubleFunction<Double> gain = v -> ratios ? 1 - v / base : v - base;
          corpora.forEach(
              (name, values) -> {
                if (name.equals(reference)) {
                  return;
                }
                left.append(key);
                corpus.append(name);
                against.append(reference);
                sets.append(values.size());
                double typical = mean.applyAsDouble(values);
                Numbers.append(
                    numbers,
                    typical,
                    gain.applyAsDouble(typical),
                    Grouped.standardDeviation(
                        values.stream().map(v -> Double.valueOf(gain.applyAsDouble(v))).toList()));
              });
        });
    return left.table("gain over a random draw")
        .addColumns(corpus, against, sets)
        .addColumns(numbers);
  }

  /**
   * The mixture with the most corpora among the names; null if there is none. Of several, it is the
   * one with the most equal shares.
   */
  static String mixture(Collection<String> names) {
    return names.stream()
        .filter(name -> name.contains("+"))
        .max(
            Comparator.comparingInt((String name) -> PoolName.parse(name).parts().size())
                .thenComparingDouble(DomainGain::smallestShare)
                .thenComparing(Comparator.reverseOrder()))
        .orElse(null);
  }

  /** Corpora that are joined without shares count as equal. */
  private static double smallestShare(String name) {
    PoolName pool = PoolName.parse(name);
    return pool.isMixture() ? Collections.min(pool.shares()) : 1.0 / pool.parts().size();
  }
}
