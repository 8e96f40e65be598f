package tare.adapt;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import tare.evaluate.Aggregate;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/** The tables of a run's report. */
final class AdaptTables {

  private AdaptTables() {}

  /** One row for each candidate: how far it came, and how it compares there. */
  static Table candidates(Adaptation plan, Adapted adapted) {
    Map<String, Double> weights = plan.purpose().weights();
    Set<String> random = new LinkedHashSet<>(plan.drawNames());
    StringColumn name = StringColumn.create("candidate");
    IntColumn blocks = IntColumn.create("compressed blocks");
    DoubleColumn kl = DoubleColumn.create("KL");
    DoubleColumn loss = DoubleColumn.create("layer loss");
    StringColumn against = StringColumn.create("against a random draw");
    StringColumn interval = StringColumn.create("interval");
    StringColumn whole = StringColumn.create("whole model's KL");
    StringColumn outcome = StringColumn.create("outcome");
    int all = plan.model().config().blocks();
    Set<String> seen = new LinkedHashSet<>();
    for (int i = adapted.rounds().size() - 1; i >= 0; i--) {
      Round round = adapted.rounds().get(i);
      Map<String, Contrast> contrasts = against(round, adapted.decision(), random, weights);
      for (Scored each : round.scored()) {
        if (!seen.add(each.contender())) {
          continue;
        }
        Contrast contrast = contrasts.get(each.contender());
        name.append(each.contender());
        blocks.append(each.blocks());
        kl.append(rounded(each.kl(weights)));
        loss.append(rounded(each.loss(weights)));
        against.append(contrast == null ? "" : contrast.percent());
        interval.append(contrast == null ? "" : contrast.interval());
        whole.append(
            each.blocks() == all ? String.format(Locale.ROOT, "%.4g", each.kl(weights)) : "");
        outcome.append(outcome(each, adapted.decision(), random, all));
      }
    }
    return Table.create("candidates", name, blocks, kl, loss, against, interval, whole, outcome);
  }

  private static String outcome(Scored each, Decision decision, Set<String> random, int all) {
    if (each.contender().equals(decision.taken())) {
      return "taken";
    }
    if (each.contender().equals(Contender.CONTROL)) {
      return "control";
    }
    if (random.contains(each.contender())) {
      return "shows the spread of draws";
    }
    return each.blocks() == all ? "not taken" : "dropped";
  }

  /** The sets of a round against its random draws. */
  private static Map<String, Contrast> against(
      Round round, Decision decision, Set<String> random, Map<String, Double> weights) {
    List<Scored> draws =
        round.scored().stream().filter(each -> random.contains(each.contender())).toList();
    Map<String, Contrast> contrasts = new LinkedHashMap<>();
    for (Scored each : round.scored()) {
      if (!random.contains(each.contender())) {
        contrasts.put(
            each.contender(),
            Contrast.of(
                each.contender(),
                each.kl(),
                Decision.mean(draws, Scored::kl),
                weights,
                decision.spread().ofMeanOf(draws.size()),
                decision.level()));
      }
    }
    return contrasts;
  }

  /** One row for each score, one column for each model. */
  static Table scores(Adaptation plan, Adapted adapted) {
    Map<String, Double> weights = plan.purpose().weights();
    StringColumn score = StringColumn.create("score");
    List<DoubleColumn> models = new ArrayList<>();
    for (Measured each : adapted.measured()) {
      models.add(
          DoubleColumn.create(
              each.model().equals(Measured.RESULT)
                  ? "result (%s)".formatted(adapted.decision().taken())
                  : each.model()));
    }
    score.append("KL on the reporting part, nats");
    for (int i = 0; i < models.size(); i++) {
      Measured each = adapted.measured().get(i);
      models.get(i).append(each.kl().isEmpty() ? 0 : rounded(each.kl(weights)));
    }
    for (Aggregate row : adapted.measured().get(0).scores()) {
      if (row.metric().equals("nll")) {
        continue;
      }
      score.append(row.metric() + " of " + row.task());
      for (int i = 0; i < models.size(); i++) {
        OptionalDouble value = adapted.measured().get(i).score(row.task(), row.metric());
        if (value.isPresent()) {
          models.get(i).append(rounded(value.getAsDouble()));
        } else {
          models.get(i).appendMissing();
        }
      }
    }
    Table table = Table.create("scores", score);
    models.forEach(table::addColumns);
    return table;
  }

  /** How the order after some blocks agrees with that of the whole models. */
  static Table early(Adapted adapted) {
    IntColumn blocks = IntColumn.create("compressed blocks");
    DoubleColumn correlation = DoubleColumn.create("rank correlation with the whole models");
    DoubleColumn regret = DoubleColumn.create("regret, %");
    DoubleColumn dropped = DoubleColumn.create("regret if half is dropped, %");
    for (EarlyOrder each : EarlyOrder.of(adapted.scores())) {
      blocks.append(each.blocks());
      correlation.append(rounded(each.correlation()));
      regret.append(rounded(each.regret() * 100));
      dropped.append(rounded(each.dropped() * 100));
    }
    return Table.create("early", blocks, correlation, regret, dropped);
  }

  /** The table of the figure as a reader sees it. */
  static Table readable(Table domains) {
    Table table = domains.selectColumns("corpus", "mean_difference", "low", "high").copy();
    table.column("corpus").setName("text");
    table.column("mean_difference").setName("difference of KL, %");
    table.column("low").setName("from, %");
    table.column("high").setName("to, %");
    return table;
  }

  /** What each step took. */
  static Table cost(Adapted adapted) {
    Adapted.Cost cost = adapted.cost();
    StringColumn what = StringColumn.create("step");
    DoubleColumn seconds = DoubleColumn.create("seconds");
    DoubleColumn runs = DoubleColumn.create("in runs of the method");
    Map<String, Double> steps = new LinkedHashMap<>();
    steps.put("choosing the sets", cost.choosing());
    steps.put("comparing the candidates", cost.comparing());
    steps.put("compressing and writing the result", cost.compressing());
    steps.put("measuring for this report", cost.measuring());
    steps.put("all", cost.seconds());
    steps.forEach(
        (step, took) -> {
          what.append(step);
          seconds.append(rounded(took));
          runs.append(rounded(took / cost.compressing()));
        });
    if (cost.mib() != null) {
      what.append("peak memory of the process, MiB: " + cost.mib());
      seconds.appendMissing();
      runs.appendMissing();
    }
    return Table.create("cost", what, seconds, runs);
  }

  /** A number with four digits. */
  static double rounded(double value) {
    return Double.isFinite(value)
        ? BigDecimal.valueOf(value).round(new MathContext(4)).doubleValue()
        : value;
  }
}
