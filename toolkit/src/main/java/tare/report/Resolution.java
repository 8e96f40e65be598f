package tare.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import tare.evaluate.Outcome;
import tare.study.TrialFiles;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/**
 * Measures how exactly an outcome tells two calibration sets apart: the error of the difference
 * between two models that were compressed with one method and two sets, on the same items.
 *
 * <pre>{@code
 * TrialFiles files = TrialFiles.in(Path.of("../data/results/outcomes-small"));
 * Results outcomes = Results.of(files).method("gptq").metric("kl", "nll", "margin", "acc");
 * Table table = Resolution.of(outcomes.table(), files).table();
 * }</pre>
 *
 * <p>The unit is the item, or the window of a text. So an error says how well these two models are
 * told apart, and nothing of further sets.
 *
 * @param pairs every two sets of a condition, in every outcome
 */
public record Resolution(List<Pair> pairs) {

  /** The relative error for which {@code items_needed} is counted. */
  private static final double WANTED = 0.1;

  /** Two-sided 5 % of a normal distribution. */
  private static final double NORMAL_95_PERCENT = 1.959964;

  private static final List<String> CONDITION = Conditions.OF_SETS;

  /**
   * Two sets in one outcome.
   *
   * @param condition model, task, metric, method, corpus, selector, samples, and their length
   * @param first number of the one set
   * @param second number of the other set
   * @param differences first − second, for each item
   */
  public record Pair(
      List<String> condition, String first, String second, List<Double> differences) {

    /** The mean difference over the first items. */
    double difference(int items) {
      return Grouped.mean(differences.subList(0, items));
    }

    /** The standard error of the mean difference over the first items. */
    double error(int items) {
      return Grouped.standardDeviation(differences.subList(0, items)) / Math.sqrt(items);
    }
  }

  /**
   * Pairs the sets.
   *
   * @param results rows with the columns of {@code results.csv}, in metrics that are means over
   *     items; {@code nll} is ln perplexity
   * @param files the same results, with the items of the trials
   * @throws IllegalArgumentException if a score has fewer than two items, or was kept without its
   *     items, or two trials have different items
   */
  public static Resolution of(Table results, TrialFiles files) {
    Table rows = Grouped.compressedRows(results);
    Map<List<String>, Map<String, String>> trials = new TreeMap<>(Grouped.inOrder());
    for (int row = 0; row < rows.rowCount(); row++) {
      int at = row;
      List<String> condition =
          CONDITION.stream().map(name -> rows.column(name).getString(at)).toList();
      if (!condition.get(4).isEmpty()) {
        trials
            .computeIfAbsent(condition, key -> new TreeMap<>())
            .put(rows.column("set").getString(row), rows.stringColumn("trial").get(row));
      }
    }
    Map<String, List<Outcome>> kept = new LinkedHashMap<>();
    List<Pair> pairs = new ArrayList<>();
    trials.forEach(
        (condition, sets) -> {
          List<String> names = List.copyOf(sets.keySet());
          for (int i = 0; i < names.size(); i++) {
            for (int j = i + 1; j < names.size(); j++) {
              pairs.add(pair(condition, names.get(i), names.get(j), sets, files, kept));
            }
          }
        });
    return new Resolution(List.copyOf(pairs));
  }

  private static Pair pair(
      List<String> condition,
      String first,
      String second,
      Map<String, String> trials,
      TrialFiles files,
      Map<String, List<Outcome>> kept) {
    List<Map<String, Double>> scores =
        Stream.of(first, second)
            .map(trials::get)
            .map(trial -> kept.computeIfAbsent(trial, id -> SameItems.of(files, id)))
            .map(items -> SameItems.values(items, condition.get(1), condition.get(2)))
            .toList();
    SameItems same =
        SameItems.of(scores.get(0), scores.get(1), condition.get(1) + ", " + condition.get(2));
    List<Double> differences =
        IntStream.range(0, same.items()).mapToObj(i -> same.first()[i] - same.second()[i]).toList();
    return new Pair(condition, first, second, differences);
  }

  /**
   * The outcomes side by side. Columns: {@code task}, {@code metric}, {@code pairs}, {@code items}
   * (windows of a text); {@code difference}, the root mean square of the pairs' differences less
   * what chance alone adds; {@code standard_error}, the root mean square of the pairs' errors;
   * {@code relative_error}, the second divided by the first; {@code told}, the share of the pairs
   * whose 95 % interval leaves out 0; and {@code items_needed} for a relative error of a tenth.
   * Differences that are no larger than chance make them have no relative error: it is missing.
   */
  public Table table() {
    StringColumn tasks = StringColumn.create("task");
    StringColumn metrics = StringColumn.create("metric");
    IntColumn counts = IntColumn.create("pairs");
    IntColumn items = IntColumn.create("items");
    DoubleColumn[] numbers =
        Stream.of("difference", "standard_error", "relative_error", "told", "items_needed")
            .map(Numbers::column)
            .toArray(DoubleColumn[]::new);
    outcomes()
        .forEach(
            (outcome, of) -> {
              int all = of.get(0).differences().size();
              double difference = difference(of);
              double error = error(of, all);
              tasks.append(outcome.get(0));
              metrics.append(outcome.get(1));
              counts.append(of.size());
              items.append(all);
              Numbers.append(
                  numbers,
                  difference,
                  error,
                  error / difference,
                  of.stream().mapToDouble(Resolution::told).average().orElseThrow(),
                  Math.ceil(all * Math.pow(error / difference / WANTED, 2)));
            });
    return Table.create("how exactly two sets are told apart", tasks, metrics, counts, items)
        .addColumns(numbers);
  }

  /**
   * The relative error by the number of items that are spent: 2, 4, 8 … of the first items, and all
   * of them. Columns: {@code outcome} (metric and task), {@code items}, {@code relative_error}: the
   * error over these items, divided by the difference over all items. Outcomes whose differences
   * are no larger than chance makes them are left out, and so are numbers of items on which the
   * sets do not differ at all.
   */
  public Table curve() {
    StringColumn names = StringColumn.create("outcome");
    IntColumn items = IntColumn.create("items");
    DoubleColumn errors = Numbers.column("relative_error");
    outcomes()
        .forEach(
            (outcome, of) -> {
              int all = of.get(0).differences().size();
              double difference = difference(of);
              List<Integer> counts =
                  IntStream.iterate(2, spent -> spent < all, spent -> 2 * spent).boxed().toList();
              for (int spent : Stream.concat(counts.stream(), Stream.of(all)).toList()) {
                double relative = error(of, spent) / difference;
                if (relative > 0) {
                  names.append(outcome.get(1) + ", " + outcome.get(0));
                  items.append(spent);
                  errors.append(relative);
                }
              }
            });
    return Table.create("relative error by items", names, items, errors);
  }

  /** The pairs of each task and metric, in the order of their first pairs. */
  private Map<List<String>, List<Pair>> outcomes() {
    Map<List<String>, List<Pair>> outcomes = new LinkedHashMap<>();
    pairs.forEach(
        pair ->
            outcomes
                .computeIfAbsent(pair.condition().subList(1, 3), key -> new ArrayList<>())
                .add(pair));
    return outcomes;
  }

  /** NaN if chance explains the differences. */
  private static double difference(List<Pair> pairs) {
    double beyond =
        mean(pairs, pair -> square(pair.difference(pair.differences().size())))
            - mean(pairs, pair -> square(pair.error(pair.differences().size())));
    return beyond > 0 ? Math.sqrt(beyond) : Double.NaN;
  }

  private static double error(List<Pair> pairs, int items) {
    return Math.sqrt(mean(pairs, pair -> square(pair.error(items))));
  }

  private static double told(Pair pair) {
    int all = pair.differences().size();
    return Math.abs(pair.difference(all)) > NORMAL_95_PERCENT * pair.error(all) ? 1 : 0;
  }

  private static double mean(List<Pair> pairs, ToDoubleFunction<Pair> of) {
    return pairs.stream().mapToDouble(of).average().orElseThrow();
  }

  private static double square(double x) {
    return x * x;
  }

  /**
   * Says how often two outcomes put two compressed models in one order, near the original and far
   * from it. Each model counts with the mean of an outcome over its tasks. A model is near if its
   * score in the first outcome is at most {@code near}, and a pair is near if both models are.
   *
   * <p>Columns: {@code outcome}, {@code against}, {@code pairs_near}, {@code agree_near} (share of
   * the pairs in one order; a tie counts half), {@code pairs_far}, {@code agree_far}. The share is
   * missing without pairs; chance gives a half.
   *
   * @param results rows of one model with the columns of {@code results.csv}
   * @param outcome a metric of which less is better, for instance {@code kl}
   * @param near the largest score that is near the original
   * @param others further metrics
   * @throws IllegalArgumentException if no trial has a metric, or some trials lack it
   */
  public static Table agreement(Table results, String outcome, double near, String... others) {
    Table rows = Grouped.compressedRows(results);
    double[] scores = scores(rows, outcome);
    Table table =
        Table.create("one order", StringColumn.create("outcome"), StringColumn.create("against"));
    IntColumn nearPairs = IntColumn.create("pairs_near");
    IntColumn farPairs = IntColumn.create("pairs_far");
    DoubleColumn agreeNear = Numbers.column("agree_near");
    DoubleColumn agreeFar = Numbers.column("agree_far");
    for (String other : others) {
      double[] against = scores(rows, other);
      List<Double> ofNear = new ArrayList<>();
      List<Double> ofFar = new ArrayList<>();
      for (int i = 0; i < scores.length; i++) {
        for (int j = 0; j < i; j++) {
          double product = (scores[i] - scores[j]) * (against[i] - against[j]);
          double one = product == 0 ? 0.5 : product > 0 ? 1 : 0;
          (Math.max(scores[i], scores[j]) <= near ? ofNear : ofFar).add(one);
        }
      }
      table.stringColumn("outcome").append(outcome);
      table.stringColumn("against").append(other);
      nearPairs.append(ofNear.size());
      agreeNear.append(Grouped.mean(ofNear));
      farPairs.append(ofFar.size());
      agreeFar.append(Grouped.mean(ofFar));
    }
    return table.addColumns(nearPairs, agreeNear, farPairs, agreeFar);
  }

  /** The mean over tasks for each trial, in the order of the trials; less is better. */
  private static double[] scores(Table rows, String metric) {
    Set<String> trials = new LinkedHashSet<>(rows.stringColumn("trial").asList());
    Map<List<String>, List<Double>> values =
        Grouped.values(rows.where(rows.stringColumn("metric").isEqualTo(metric)), "trial");
    List<String> missing =
        trials.stream().filter(trial -> !values.containsKey(List.of(trial))).toList();
    if (!missing.isEmpty()) {
      throw new IllegalArgumentException(
          "%s of %s trials have no %s. Filter the trials, or name a metric that all have."
              .formatted(missing.size(), trials.size(), metric));
    }
    boolean less = PairedTests.onLogarithm(metric) || metric.equals("nll");
    return trials.stream()
        .mapToDouble(trial -> (less ? 1 : -1) * Grouped.mean(values.get(List.of(trial))))
        .toArray();
  }
}
