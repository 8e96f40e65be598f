package tare.report;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.commons.statistics.inference.TTest;
import tare.evaluate.Aggregate;
import tare.evaluate.Outcome;
import tare.report.statistics.NeededNumber;
import tare.study.TrialFiles;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/**
 * Compares each compressed model with the original on the same items: what changed, which answers
 * turned from right to wrong and back, and how small a change can be told at all.
 */
public final class AgainstOriginal {

  /** A point of accuracy, or 0.01 nats: the change that {@code items_needed} is for. */
  static final double CHANGE = 0.01;

  private static final String[] CONDITION =
      Stream.concat(Conditions.OF_SETS.stream(), Stream.of("set")).toArray(String[]::new);
  private static final List<String> OF_TRIAL =
      Stream.of(CONDITION).filter(name -> !Set.of("task", "metric").contains(name)).toList();

  private AgainstOriginal() {}

  /**
   * One row for each trial, task and metric that both models have. The unit is the item, or the
   * window of a text; the numbers do not cover the variation between calibration sets.
   *
   * <p>Columns: the condition (model and budget only where they vary); {@code items}; {@code
   * difference} (compressed − original) and {@code standard_error}; {@code right_to_wrong} and
   * {@code wrong_to_right} for answers that are right or wrong; {@code p} of McNemar's exact test
   * for such answers, of the paired t test for other scores; {@code p_holm} (the family: all rows
   * of one metric); {@code equivalent_within}, see {@link Equivalence#within}; {@code items_needed}
   * to find a difference of 0.01 in four of five cases. A number is missing where all items changed
   * alike.
   *
   * @param results rows with the columns of {@code results.csv}, the original model's included
   * @param files the same results, with the items of the trials. A trial without items is left out,
   *     and so is a task whose items are not told apart by their names
   * @throws IllegalArgumentException if two trials have different items of a task
   */
  public static Table table(Table results, TrialFiles files) {
    Map<String, List<Outcome>> originals = new HashMap<>();
    Table baselines = Grouped.baselineRows(results);
    for (int row = 0; row < baselines.rowCount(); row++) {
      String trial = baselines.stringColumn("trial").get(row);
      originals.computeIfAbsent(
          baselines.stringColumn("model").get(row), model -> files.items(trial));
    }
    Conditions left = Conditions.named(CONDITION);
    IntColumn items = IntColumn.create("items");
    IntColumn lost = IntColumn.create("right_to_wrong");
    IntColumn won = IntColumn.create("wrong_to_right");
    DoubleColumn[] numbers =
        Stream.of("difference", "standard_error", "p", "equivalent_within", "items_needed")
            .map(Numbers::column)
            .toArray(DoubleColumn[]::new);
    Table rows = Grouped.compressedRows(results);
    Set<String> seen = new HashSet<>();
    for (int row = 0; row < rows.rowCount(); row++) {
      String trial = rows.stringColumn("trial").get(row);
      if (seen.add(trial)) {
        List<Outcome> compressed = files.items(trial);
        List<Outcome> original =
            originals.getOrDefault(rows.stringColumn("model").get(row), List.of());
        for (Measure measure : measures(compressed)) {
          if (measures(original).contains(measure)) {
            SameItems same = measure.pairs(compressed, original);
            left.append(condition(rows, row, measure));
            items.append(same.items());
            append(same, lost, won, numbers);
          }
        }
      }
    }
    Table table = left.table("against the original");
    return table
        .addColumns(items, numbers[0], numbers[1], lost, won, numbers[2])
        .addColumns(holm(numbers[2], table.stringColumn("metric")))
        .addColumns(numbers[3], numbers[4]);
  }

  /** The scores of one task in one metric. */
  private record Measure(String task, String metric) {

    SameItems pairs(List<Outcome> compressed, List<Outcome> original) {
      return SameItems.of(
          SameItems.values(compressed, task, metric),
          SameItems.values(original, task, metric),
          task + ", " + metric);
    }
  }

  /** What is a mean over two or more items, whose names tell them apart. */
  private static Set<Measure> measures(List<Outcome> outcomes) {
    Set<Measure> means =
        Aggregate.of(outcomes).stream()
            .filter(each -> each.items() > 1)
            .map(each -> new Measure(each.task(), each.metric()))
            .collect(Collectors.toSet());
    Set<Outcome> names = new HashSet<>();
    Set<Measure> twice = new HashSet<>();
    for (Outcome each : outcomes) {
      if (!names.add(new Outcome(each.task(), each.item(), each.metric(), 0))) {
        twice.add(new Measure(each.task(), each.metric()));
      }
    }
    return outcomes.stream()
        .map(each -> new Measure(each.task(), each.metric()))
        .filter(each -> means.contains(each) && !twice.contains(each))
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }

  private static List<String> condition(Table rows, int row, Measure measure) {
    Map<String, String> cells = new HashMap<>();
    OF_TRIAL.forEach(name -> cells.put(name, rows.column(name).getString(row)));
    cells.put("task", measure.task());
    cells.put("metric", measure.metric());
    return Stream.of(CONDITION).map(cells::get).toList();
  }

  private static void append(SameItems same, IntColumn lost, IntColumn won, DoubleColumn[] into) {
    double error = same.standardError();
    double p =
        error > 0
            ? TTest.withDefaults().pairedTest(same.first(), same.second()).getPValue()
            : Double.NaN;
    double needed = NeededNumber.USUAL.paired(error * Math.sqrt(same.items()), CHANGE);
    if (same.rightOrWrong()) {
      SameItems.McNemar test = same.mcNemar();
      double differing = (double) (test.onlyFirst() + test.onlySecond()) / same.items();
      p = test.p();
      lost.append(test.onlySecond());
      won.append(test.onlyFirst());
      needed = needed(differing);
    } else {
      lost.appendMissing();
      won.appendMissing();
    }
    Numbers.append(
        into,
        same.difference(),
        error,
        p,
        same.equivalence(CHANGE).within(),
        error > 0 ? Math.ceil(needed) : Double.NaN);
  }

  /** Items for a difference of 0.01 where the models differ on this share of the items. */
  private static double needed(double differing) {
    double share = Math.max(differing, CHANGE);
    return NeededNumber.USUAL.mcNemar((share + CHANGE) / 2, (share - CHANGE) / 2);
  }

  private static DoubleColumn holm(DoubleColumn p, StringColumn families) {
    return Numbers.column("p_holm", Holm.adjusted(p.asDoubleArray(), families.asList()));
  }
}
