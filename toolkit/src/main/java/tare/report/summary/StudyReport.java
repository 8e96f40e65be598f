package tare.report.summary;

import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import tare.report.AgainstOriginal;
import tare.report.AgainstRandom;
import tare.report.Baseline;
import tare.report.DomainGain;
import tare.report.Grouped;
import tare.report.Holm;
import tare.report.MeanAndSpread;
import tare.report.MeanOverTasks;
import tare.report.Numbers;
import tare.report.OrderTurns;
import tare.report.PairedTests;
import tare.report.SelectorGain;
import tare.report.ShortNames;
import tare.report.SourcePairs;
import tare.report.SourceVariance;
import tare.report.TaskBalance;
import tare.report.figure.BoxPlots;
import tare.report.figure.ForestPlot;
import tare.report.figure.HeatMaps;
import tare.report.figure.PerplexityAgainstAccuracy;
import tare.report.figure.SamplesCurve;
import tare.report.figure.SpreadBySource;
import tare.study.TrialFiles;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/** Writes all tables and figures that the grid of a study supports. */
public final class StudyReport {

  private static final List<String> DRAWN = List.of("acc", "perplexity");

  /** A point of accuracy, a percent of perplexity, or 0.01 nats. */
  private static final double BOUND = 0.01;

  private final TrialFiles items;
  private final ReportFolder out;

  private StudyReport(TrialFiles items, ReportFolder out) {
    this.items = items;
    this.out = out;
  }

  /**
   * Writes the report: tables as CSV and Markdown, figures as PNG, and {@code report.md} with all
   * of them.
   *
   * @param results a study's results, the baseline of each model included
   * @param items the same results, with the items of the trials; if there are none, comparisons of
   *     items are left out
   * @param folder made if it is missing
   * @return the files
   * @throws IllegalArgumentException if there is no result, or a baseline row is missing
   */
  public static List<Path> write(Table results, TrialFiles items, Path folder) {
    if (results.rowCount() == 0) {
      throw new IllegalArgumentException("There is no result yet: run the study first.");
    }
    ReportFolder out = new ReportFolder(folder);
    List<String> models = results.stringColumn("model").unique().asList();
    for (String model : models) {
      String prefix = models.size() == 1 ? "" : model + " ";
      new StudyReport(items, out)
          .write(results.where(results.stringColumn("model").isEqualTo(model)), prefix);
    }
    return out.finish(results.stringColumn("study").get(0));
  }

  private void write(Table model, String prefix) {
    Table all = ShortNames.methods(model);
    all = Baseline.comparable(all.where(all.stringColumn("metric").isNotEqualTo("nll")));
    StudyGrid grid = StudyGrid.of(all);
    Table scores = grid.selectors() > 1 ? BySelector.table(all) : all;
    tables(scores, grid, prefix);
    turns(all, "method", "methods", prefix);
    turns(all, "corpus", "sources", prefix);
    if (grid.selectors() > 1) {
      turns(all, "selector_label", "selectors", prefix);
      selectors(all, prefix);
    }
    if (grid.corpora() > 1 && grid.isOneBudget()) {
      domains(all, prefix);
    }
    for (String metric : DRAWN) {
      for (String task : grid.tasks(metric)) {
        figures(scores, grid, task, metric, prefix);
        new QualityFigures(out).write(model, task, metric, prefix);
      }
    }
    if (!grid.tasks("acc").isEmpty()) {
      for (String text : grid.tasks("perplexity")) {
        out.figure(
            prefix + "perplexity against accuracy " + text,
            PerplexityAgainstAccuracy.chart(scores, text));
      }
    }
    if (grid.tasks("acc").size() > 1 && grid.isOneBudget()) {
      Table mean = MeanOverTasks.table(scores, "acc");
      figures(mean, grid, mean.stringColumn("task").get(0), "acc", prefix);
    }
  }

  private void tables(Table scores, StudyGrid grid, String prefix) {
    out.table(prefix + "mean and spread", MeanAndSpread.table(scores));
    if (grid.tasks("acc").size() > 1) {
      out.table(
          prefix + "mean over tasks", MeanAndSpread.table(MeanOverTasks.table(scores, "acc")));
      out.table(prefix + "balance over tasks", TaskBalance.table(scores, "acc"));
    }
    if (grid.isOneBudget()) {
      out.table(prefix + "variance between and within sources", SourceVariance.table(scores));
      out.table(prefix + "source against source", SourcePairs.table(scores));
      out.table(
          prefix + "method against method", pairs(scores, PairedTests::table, "p_t", "p_t_holm"));
      out.table(
          prefix + "methods equal within a hundredth",
          pairs(
              scores,
              (rows, first, second) -> PairedTests.equivalence(rows, first, second, BOUND),
              "p_equivalent",
              "p_equivalent_holm"));
    }
    if (items.hasItems()) {
      out.table(
          prefix + "against the original on the same items", AgainstOriginal.table(scores, items));
    }
  }

  /** How often another draw turns an order round: all conditions, and the mean for each task. */
  private void turns(Table all, String compared, String names, String prefix) {
    Table turns = OrderTurns.table(all, compared);
    if (turns.rowCount() > 0) {
      String title = prefix + "how often a draw turns the order of " + names;
      out.table(title + " by task", OrderTurns.byTask(turns));
      out.table(title, turns);
    }
  }

  /** A test of two methods. */
  private interface Test {
    Table of(Table scores, String first, String second);
  }

  /**
   * A test of every two methods that share calibration sets. The family of Holm's correction is all
   * rows of one metric.
   *
   * @param p the column to correct
   * @param holm the column of corrected values
   */
  private static Table pairs(Table scores, Test test, String p, String holm) {
    Map<String, Set<String>> sets = new TreeMap<>();
    StringColumn methods = scores.stringColumn("method");
    StringColumn fingerprints = scores.stringColumn("calibration_fingerprint");
    for (int row = 0; row < scores.rowCount(); row++) {
      sets.computeIfAbsent(methods.get(row), m -> new TreeSet<>()).add(fingerprints.get(row));
    }
    sets.remove(Grouped.BASELINE);
    Table all = Table.create("method against method");
    for (String first : sets.keySet()) {
      for (String second : sets.keySet()) {
        Set<String> shared = new TreeSet<>(sets.get(first));
        if (!sets.get(second).contains("")) {
          shared.retainAll(sets.get(second));
        }
        boolean once = first.compareTo(second) < 0 || sets.get(second).contains("");
        if (shared.size() > 1 && !first.equals(second) && once) {
          Table tested = test.of(scores, first, second);
          tested.insertColumn(0, named("second", second, tested.rowCount()));
          tested.insertColumn(0, named("first", first, tested.rowCount()));
          all = all.columnCount() == 0 ? tested : all.append(tested);
        }
      }
    }
    if (all.columnCount() > 0) {
      double[] corrected =
          Holm.adjusted(all.doubleColumn(p).asDoubleArray(), all.stringColumn("metric").asList());
      all.replaceColumn(holm, Numbers.column(holm, corrected));
    }
    return all;
  }

  private static StringColumn named(String name, String value, int rows) {
    StringColumn column = StringColumn.create(name);
    for (int row = 0; row < rows; row++) {
      column.append(value);
    }
    return column;
  }

  private void figures(Table scores, StudyGrid grid, String task, String metric, String prefix) {
    String name = prefix + metric + " " + task;
    if (grid.isOneBudget()) {
      if (grid.sets() >= BoxPlots.LEAST_VALUES) {
        for (String method : grid.calibrated()) {
          out.figure(name + " box " + method, BoxPlots.bySource(scores, task, metric, method));
        }
      } else if (!grid.calibrated().isEmpty()) {
        out.figure(name + " spread", SpreadBySource.chart(scores, task, metric));
      }
      if (grid.sets() * grid.sources() >= BoxPlots.LEAST_VALUES && !grid.calibrated().isEmpty()) {
        out.figure(name + " pooled", BoxPlots.pooled(scores, task, metric));
      }
    } else if (grid.lengths() > 1 && grid.counts() > 1) {
      for (String method : grid.calibrated()) {
        out.figure(
            name + " samples and length " + method, HeatMaps.budgets(scores, task, metric, method));
      }
    } else if (grid.counts() > 1) {
      out.figure(name + " samples", SamplesCurve.chart(scores, task, metric));
    }
  }

  private void selectors(Table all, String prefix) {
    Table gains = SelectorGain.table(all);
    out.table(prefix + "selectors against random", gains);
    if (items.hasItems()) {
      out.table(
          prefix + "selectors against random on the same windows",
          AgainstRandom.bySelector(all, items));
      if (all.stringColumn("metric").contains("acc")) {
        out.table(
            prefix + "selectors against random on the same items",
            AgainstRandom.accuracyBySelector(all, items));
      }
    }
    for (List<String> key : pairs(gains, "task", "metric")) {
      if (DRAWN.contains(key.get(1))) {
        out.figure(
            prefix + key.get(1) + " " + key.get(0) + " selectors",
            ForestPlot.selectors(
                rows(rows(gains, "task", key.get(0)), "metric", key.get(1)),
                "%s on %s".formatted(key.get(1), key.get(0))));
      }
    }
  }

  private void domains(Table all, String prefix) {
    Table gains =
        DomainGain.table(all.where(all.stringColumn("metric").isIn(DRAWN.toArray(String[]::new))));
    out.table(prefix + "gain over random by domain", gains);
    if (items.hasItems()) {
      out.table(
          prefix + "domains against random on the same windows",
          AgainstRandom.byDomain(all, items));
    }
    for (List<String> key : pairs(gains, "method", "metric")) {
      Table drawn = rows(rows(gains, "method", key.get(0)), "metric", key.get(1));
      if (drawn.stringColumn("task").countUnique() > 1) {
        String reference = drawn.stringColumn("reference").get(0);
        out.figure(
            prefix + key.get(1) + " domains " + key.get(0),
            HeatMaps.domains(
                drawn,
                "%s: gain of %s over %s"
                    .formatted(
                        key.get(0),
                        key.get(1),
                        reference.contains("+") ? "a random mix" : "the mean")));
      }
    }
  }

  private static Set<List<String>> pairs(Table table, String first, String second) {
    Set<List<String>> pairs = new LinkedHashSet<>();
    for (int row = 0; row < table.rowCount(); row++) {
      pairs.add(List.of(table.stringColumn(first).get(row), table.stringColumn(second).get(row)));
    }
    return pairs;
  }

  private static Table rows(Table table, String column, String value) {
    return table.where(table.stringColumn(column).isEqualTo(value));
  }
}
