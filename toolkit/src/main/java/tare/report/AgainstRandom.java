package tare.report;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/**
 * What choosing the calibration text is worth, on the same windows of text: perplexities beside
 * those of the same method after a random draw, with the paired interval over windows. Where a
 * condition has few calibration sets, this is the only interval that there is. It knows nothing of
 * other sets: what it leaves beyond doubt holds for these sets on other text of the kind.
 */
public final class AgainstRandom {

  private static final int DRAWS = 10_000;

  private final Path items;
  private final Map<String, Table> read = new HashMap<>();

  private AgainstRandom(Path items) {
    this.items = items;
  }

  /**
   * Calibration on one domain beside calibration on the mixture of all (the corpus joined by {@code
   * +}, the longest if there are several); conditions without a mixture are left out. Columns:
   * {@code model}, {@code samples} and {@code tokens_per_sample} where they vary, {@code method},
   * {@code task}, {@code corpus}, {@code sets}, {@code perplexity} (exponential of the mean over
   * sets and windows), {@code ratio} (perplexity / the random draw's), {@code low} and {@code
   * high}: its 95 % interval, {@link SameItems#bootstrap}.
   *
   * @param results rows of one study with the columns of {@code results.csv}; only those of
   *     perplexity are looked at
   * @param items the folder with the items of its trials
   * @throws IllegalArgumentException if items are missing
   */
  public static Table byDomain(Table results, Path items) {
    return new AgainstRandom(items)
        .table(perplexities(results), "corpus", DomainGain::mixture, "model", "method");
  }

  /**
   * Sets that selectors chose beside a random draw from the same pool. Columns as {@link
   * #byDomain}, with {@code selector} in place of {@code corpus}; conditions without a random draw
   * are left out.
   *
   * @param results rows of one study with the columns of {@code results.csv}; only those of
   *     perplexity are looked at
   * @param items the folder with the items of its trials
   * @throws IllegalArgumentException if items are missing
   */
  public static Table bySelector(Table results, Path items) {
    Table rows = perplexities(results);
    StringColumn selectors = rows.stringColumn("selector");
    Map<String, String> names = ShortNames.selectors(selectors.unique().asList());
    StringColumn named = StringColumn.create("selector");
    selectors.forEach(selector -> named.append(names.get(selector)));
    return new AgainstRandom(items)
        .table(
            rows.replaceColumn("selector", named),
            "selector",
            SelectorGain::random,
            "model",
            "method",
            "corpus");
  }

  private static Table perplexities(Table results) {
    return ShortNames.methods(
        results.where(
            results
                .stringColumn("metric")
                .isEqualTo("perplexity")
                .and(results.stringColumn("calibration_fingerprint").isNotEqualTo(""))));
  }

  /**
   * Each value of a column beside the random one.
   *
   * @param random finds the random one among the values of a condition; null if there is none
   */
  private Table table(
      Table rows, String varied, Function<Collection<String>, String> random, String... condition) {
    String[] by =
        Stream.concat(Stream.of(condition), Stream.of("samples", "tokens_per_sample", "task"))
            .toArray(String[]::new);
    Map<List<String>, Map<String, List<String>>> trials = new TreeMap<>(Grouped.inOrder());
    for (int row = 0; row < rows.rowCount(); row++) {
      int at = row;
      List<String> key = Stream.of(by).map(name -> rows.column(name).getString(at)).toList();
      trials
          .computeIfAbsent(key, k -> new LinkedHashMap<>())
          .computeIfAbsent(rows.stringColumn(varied).get(row), value -> new ArrayList<>())
          .add(rows.stringColumn("trial_id").get(row));
    }
    Conditions left = Conditions.named(by);
    StringColumn values = StringColumn.create(varied);
    IntColumn sets = IntColumn.create("sets");
    DoubleColumn[] numbers =
        Stream.of("perplexity", "ratio", "low", "high")
            .map(Numbers::column)
            .toArray(DoubleColumn[]::new);
    trials.forEach(
        (key, of) -> {
          String reference = random.apply(of.keySet());
          of.keySet().stream()
              .filter(value -> reference != null && !value.equals(reference))
              .forEach(
                  value -> {
                    left.append(key);
                    values.append(value);
                    sets.append(of.get(value).size());
                    String task = key.get(by.length - 1);
                    Numbers.append(numbers, beside(of.get(value), of.get(reference), task));
                  });
        });
    return left.table("against a random draw").addColumns(values, sets).addColumns(numbers);
  }

  /** Perplexity, ratio and interval. */
  private double[] beside(List<String> trials, List<String> others, String task) {
    SameItems windows = SameItems.of(nll(trials, task), nll(others, task), task + ", nll");
    SameItems.Interval interval = windows.bootstrap(DRAWS, new SplittableRandom(1));
    return new double[] {
      Math.exp(Arrays.stream(windows.first()).average().orElseThrow()),
      Math.exp(windows.difference()),
      Math.exp(interval.low()),
      Math.exp(interval.high())
    };
  }

  /** The mean over some trials of what each window got. */
  private Map<String, Double> nll(List<String> trials, String task) {
    Map<String, Double> means = new LinkedHashMap<>();
    for (String trial : trials) {
      SameItems.values(read.computeIfAbsent(trial, id -> ResultTable.items(items, id)), task, "nll")
          .forEach((item, value) -> means.merge(item, value / trials.size(), Double::sum));
    }
    return means;
  }
}
