package tare.report;

import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import tare.evaluate.Outcome;
import tare.study.TrialFiles;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/**
 * Compares chosen calibration sets with a random draw, for the same method, on the same windows of
 * text or items of tasks. Each difference has a paired interval over windows or items.
 *
 * <p>Where a condition has few calibration sets, this is the only available interval. It covers
 * test items only, not the variation between calibration sets.
 */
public final class AgainstRandom {

  private static final int DRAWS = 10_000;

  /** The compared score. */
  private enum Score {
    PERPLEXITY("nll", "perplexity", "ratio"),
    ACCURACY("acc", "accuracy", "difference");

    private final String ofItems; // the metric of an item
    private final String mean; // the columns of the mean and of the change
    private final String change;

    Score(String ofItems, String mean, String change) {
      this.ofItems = ofItems;
      this.mean = mean;
      this.change = change;
    }

    /** Converts a mean over items, or a difference of two means, to the reported value. */
    double shown(double value) {
      return this == PERPLEXITY ? Math.exp(value) : value;
    }
  }

  private final Score score;
  private final TrialFiles items;
  private final Map<String, List<Outcome>> read = new HashMap<>();

  private AgainstRandom(Score score, TrialFiles items) {
    this.score = score;
    this.items = items;
  }

  /**
   * Compares calibration on one domain with calibration on the mixture of all domains (the corpus
   * joined by {@code +}, as in {@link DomainGain}). Only numbers of sets that both have are
   * compared. Conditions without a mixture are left out. Columns: {@code model}, {@code samples}
   * and {@code tokens_per_sample} where they vary, {@code method}, {@code task}, {@code corpus},
   * {@code sets}, {@code perplexity} (exponential of the mean over sets and windows), {@code ratio}
   * (perplexity / the random draw's), {@code low} and {@code high}: the ratio's 95 % interval,
   * {@link SameItems#bootstrap}.
   *
   * @param results rows of one study with the columns of {@code results.csv}; only perplexity rows
   *     are used
   * @param items the results of the study, with the items of its trials
   * @throws IllegalArgumentException if items are missing
   */
  public static Table byDomain(Table results, TrialFiles items) {
    return new AgainstRandom(Score.PERPLEXITY, items)
        .table(perplexities(results), "corpus", DomainGain::mixture, "model", "method");
  }

  /**
   * Compares sets that selectors chose with a random draw from the same pool. Columns as in {@link
   * #byDomain}, with {@code selector} in place of {@code corpus}. Conditions without a random draw
   * are left out.
   *
   * @param results rows of one study with the columns of {@code results.csv}; only perplexity rows
   *     are used
   * @param items the results of the study, with the items of its trials
   * @throws IllegalArgumentException if items are missing
   */
  public static Table bySelector(Table results, TrialFiles items) {
    return new AgainstRandom(Score.PERPLEXITY, items).bySelector(perplexities(results));
  }

  /**
   * Compares the accuracy of sets that selectors chose with that of a random draw from the same
   * pool. The items of all tasks count equally, so a task with more items has more weight. Columns:
   * {@code model}, {@code samples} and {@code tokens_per_sample} where they vary, {@code method},
   * {@code task} (the number of tasks), {@code selector}, {@code sets}, {@code accuracy} (mean over
   * sets and items), {@code difference} (accuracy − the random draw's), {@code low} and {@code
   * high}: the difference's 95 % interval, {@link SameItems#bootstrap}.
   *
   * @param results rows of one study with the columns of {@code results.csv}; only {@code acc} rows
   *     are used
   * @param items the results of the study, with the items of its trials
   * @throws IllegalArgumentException if items are missing
   */
  public static Table accuracyBySelector(Table results, TrialFiles items) {
    return new AgainstRandom(Score.ACCURACY, items)
        .bySelector(calibrated(MeanOverTasks.table(results, "acc")));
  }

  private Table bySelector(Table rows) {
    return table(
        rows.replaceColumn(
            "selector", rows.stringColumn("selector_label").copy().setName("selector")),
        "selector",
        SelectorGain::random,
        "model",
        "method",
        "corpus");
  }

  private static Table perplexities(Table results) {
    return calibrated(results.where(results.stringColumn("metric").isEqualTo("perplexity")));
  }

  private static Table calibrated(Table results) {
    return ShortNames.methods(
        results.where(results.stringColumn("calibration_fingerprint").isNotEqualTo("")));
  }

  /**
   * Compares each value of a column with the random one.
   *
   * @param random finds the random draw among the values of a condition; null if there is none
   */
  private Table table(
      Table rows, String varied, Function<Collection<String>, String> random, String... condition) {
    String[] by =
        Stream.concat(Stream.of(condition), Stream.of("samples", "tokens_per_sample", "task"))
            .toArray(String[]::new);
    Map<List<String>, Map<String, Map<String, String>>> trials = new TreeMap<>(Grouped.inOrder());
    for (int row = 0; row < rows.rowCount(); row++) {
      int at = row;
      List<String> key = Stream.of(by).map(name -> rows.column(name).getString(at)).toList();
      trials
          .computeIfAbsent(key, k -> new LinkedHashMap<>())
          .computeIfAbsent(rows.stringColumn(varied).get(row), value -> new TreeMap<>())
          .put(rows.column("set").getString(row), rows.stringColumn("trial").get(row));
    }
    Conditions left = Conditions.named(by);
    StringColumn values = StringColumn.create(varied);
    IntColumn sets = IntColumn.create("sets");
    DoubleColumn[] numbers =
        Stream.of(score.mean, score.change, "low", "high")
            .map(Numbers::column)
            .toArray(DoubleColumn[]::new);
    trials.forEach(
        (key, of) -> {
          String reference = random.apply(of.keySet());
          of.keySet().stream()
              .filter(value -> reference != null && !value.equals(reference))
              .forEach(
                  value -> {
                    Map<String, String> ours = new TreeMap<>(of.get(value));
                    Map<String, String> theirs = new TreeMap<>(of.get(reference));
                    ours.keySet().retainAll(theirs.keySet());
                    theirs.keySet().retainAll(ours.keySet());
                    if (ours.isEmpty()) {
                      return;
                    }
                    left.append(key);
                    values.append(value);
                    sets.append(ours.size());
                    String task = key.get(by.length - 1);
                    Numbers.append(numbers, beside(ours.values(), theirs.values(), task));
                  });
        });
    return left.table("against a random draw").addColumns(values, sets).addColumns(numbers);
  }

  /** The mean over the items, its change, and the interval of the change. */
  private double[] beside(Collection<String> trials, Collection<String> others, String task) {
    SameItems same = SameItems.of(means(trials, task), means(others, task), task);
    SameItems.Interval interval = same.bootstrap(DRAWS, new SplittableRandom(1));
    double mean = Arrays.stream(same.first()).average().orElseThrow();
    return DoubleStream.of(mean, same.difference(), interval.low(), interval.high())
        .map(score::shown)
        .toArray();
  }

  /** The score of each item, averaged over trials. */
  private Map<String, Double> means(Collection<String> trials, String task) {
    Map<String, Double> means = new LinkedHashMap<>();
    for (String trial : trials) {
      Map<String, Double> scores =
          values(read.computeIfAbsent(trial, id -> SameItems.of(items, id)), task);
      if (!means.isEmpty() && !means.keySet().equals(scores.keySet())) {
        throw new IllegalArgumentException(
            "The trial %s has other items of %s than the trials beside it: it is of another version."
                .formatted(trial, task));
      }
      scores.forEach((item, value) -> means.merge(item, value / trials.size(), Double::sum));
    }
    return means;
  }

  /** The windows of a text, or the items of all tasks. */
  private Map<String, Double> values(List<Outcome> trial, String task) {
    if (score == Score.PERPLEXITY) {
      return SameItems.values(trial, task, score.ofItems);
    }
    Map<String, Double> all = new LinkedHashMap<>();
    for (String each : trial.stream().map(Outcome::task).distinct().toList()) {
      SameItems.values(trial, each, score.ofItems)
          .forEach((item, value) -> all.put(each + " " + item, value));
    }
    return all;
  }
}
