package tare.adapt;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.Collectors;
import org.knowm.xchart.XYChart;
import tare.evaluate.Aggregate;
import tare.export.PackedLayout;
import tare.report.figure.Curves;
import tare.report.figure.SelectorFigure;
import tare.report.summary.ReportPage;
import tare.study.Methods;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/** Writes what a run found, for a reader who reads nothing else. */
final class AdaptReport {

  private static final double LEVEL = 0.05;

  private AdaptReport() {}

  /** The verdict in three sentences: the choice, its score on other text, and a loss elsewhere. */
  static List<String> sentences(Adaptation plan, Decision decision, List<Measured> measured) {
    return List.of(choice(decision), scores(plan, measured), elsewhere(decision, measured));
  }

  private static String choice(Decision decision) {
    Contrast best = decision.contrasts().get(0);
    long sets = Math.round(LEVEL / decision.level());
    String evidence =
        String.format(
            Locale.ROOT,
            "on the deciding part, its KL divergence from the original is %s that of a random draw (95 %% interval %s, corrected for %d sets)",
            apart(best.ratio()),
            interval(best),
            sets);
    if (decision.isBetter()) {
      return "The set " + decision.taken() + " is taken: " + evidence + ".";
    }
    return String.format(
        Locale.ROOT,
        "No set is better than a random draw here, as far as %d draws can tell, so the random draw %s is taken. For the best set, %s: %s.",
        decision.spread().draws(),
        decision.taken(),
        decision.best(),
        evidence);
  }

  private static String scores(Adaptation plan, List<Measured> measured) {
    Map<String, Double> weights = plan.purpose().weights();
    Measured result = named(measured, Measured.RESULT);
    Measured original = named(measured, Measured.ORIGINAL);
    Set<String> told = Set.of(Measured.RESULT, Measured.ORIGINAL);
    String others =
        measured.stream()
            .filter(each -> !told.contains(each.model()))
            .map(each -> String.format(Locale.ROOT, "%s %.4g", each.model(), each.kl(weights)))
            .collect(Collectors.joining(", "));
    String perplexities =
        weights.keySet().stream()
            .map(
                name ->
                    String.format(
                        Locale.ROOT,
                        "%s %.4g (before compression %.4g)",
                        name,
                        result.score(name, "perplexity").orElseThrow(),
                        original.score(name, "perplexity").orElseThrow()))
            .collect(Collectors.joining(", "));
    return String.format(
        Locale.ROOT,
        "On the reporting part, which took no part in the choice, the written model has a KL of %.4g nats%s and a perplexity of %s.",
        result.kl(weights),
        others.isEmpty() ? "" : " (" + others + ")",
        perplexities);
  }

  private static String elsewhere(Decision decision, List<Measured> measured) {
    List<Contrast> domains = domains(decision, measured);
    if (domains.isEmpty()) {
      return "No held-back text of the pool was long enough to see a loss elsewhere.";
    }
    String worse =
        domains.stream()
            .filter(Contrast::isWorse)
            .map(each -> each.contender() + " (" + apart(each.ratio()) + ")")
            .collect(Collectors.joining(", "));
    String better =
        domains.stream()
            .filter(Contrast::isBetter)
            .map(each -> each.contender() + " (" + apart(each.ratio()) + ")")
            .collect(Collectors.joining(", "));
    List<String> told = new ArrayList<>();
    if (!worse.isEmpty()) {
      told.add("worse than with a random draw on " + worse);
    }
    if (!better.isEmpty()) {
      told.add("better than with a random draw on " + better);
    }
    long unknown = domains.stream().filter(each -> !each.isWorse() && !each.isBetter()).count();
    if (unknown > 0) {
      told.add("not told apart from a random draw's on " + unknown + " of " + domains.size());
    }
    return String.format(
        Locale.ROOT,
        "On held-back text of the pool (%s), the KL with the set %s is %s.",
        domains.stream().map(Contrast::contender).collect(Collectors.joining(", ")),
        decision.best(),
        String.join("; ", told));
  }

  /** The best set against the control, on each domain of the pool. */
  private static List<Contrast> domains(Decision decision, List<Measured> measured) {
    Measured best = of(measured, decision, decision.best());
    Measured control = of(measured, decision, Contender.CONTROL);
    return contrasts(best.domains(), control.domains(), decision);
  }

  private static List<Contrast> contrasts(
      Map<String, List<Double>> ours, Map<String, List<Double>> control, Decision decision) {
    return ours.keySet().stream()
        .map(name -> Contrast.of(name, ours, control, Map.of(name, 1.0), decision.spread(), LEVEL))
        .toList();
  }

  /** A candidate's measures; those of the written model if it is the taken one. */
  private static Measured of(List<Measured> measured, Decision decision, String contender) {
    return named(measured, contender.equals(decision.taken()) ? Measured.RESULT : contender);
  }

  private static Measured named(List<Measured> measured, String name) {
    return measured.stream().filter(each -> each.model().equals(name)).findFirst().orElseThrow();
  }

  private static String apart(double ratio) {
    return String.format(
        Locale.ROOT, "%.1f %% %s", Math.abs(ratio - 1) * 100, ratio < 1 ? "below" : "above");
  }

  private static String interval(Contrast contrast) {
    return String.format(
        Locale.ROOT, "%+.1f to %+.1f %%", (contrast.low() - 1) * 100, (contrast.high() - 1) * 100);
  }

  /** Writes the page and its figures. */
  static void write(Adaptation plan, Adapted adapted, double bitsPerWeight) throws IOException {
    ReportPage page = new ReportPage("What the model was adapted to, and whether it helped");
    adapted.sentences().forEach(page::paragraph);
    page.section("Candidates")
        .paragraph(
            "KL is the divergence of the compressed model's predictions from the original's on the deciding part, in nats; lower is better. Each candidate is compared at the number of compressed blocks that it reached. The interval covers the windows of the text and the spread of random draws.")
        .table(candidates(plan, adapted))
        .figure("halving.png", halving(plan, adapted));
    page.section("Before and after")
        .paragraph(
            "Measured on text and test items that took no part in the choice. The result is the written model, opened from its folder.")
        .table(scores(plan, adapted));
    Table domains = differences(adapted);
    if (!domains.isEmpty()) {
      page.section("Elsewhere")
          .paragraph(
              "The set %s against the random draw %s, on the purpose and on held-back text of the pool. Right of zero is a loss."
                  .formatted(adapted.decision().best(), Contender.CONTROL))
          .figure("kl-by-domain.png", elsewhere(adapted))
          .table(readable(domains));
    }
    page.section("How it was done").list(facts(plan, adapted, bitsPerWeight));
    page.section("Time and memory").table(cost(adapted));
    if (!adapted.notes().isEmpty()) {
      page.section("Notes").list(adapted.notes());
    }
    if (!plan.command().isEmpty()) {
      page.section("Repeat it").command(plan.command());
    }
    page.write(adapted.folder());
  }

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
        against.append(
            contrast == null
                ? ""
                : String.format(Locale.ROOT, "%+.1f %%", (contrast.ratio() - 1) * 100));
        interval.append(contrast == null ? "" : interval(contrast));
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

  private static double rounded(double value) {
    return Double.parseDouble(String.format(Locale.ROOT, "%.4g", value));
  }

  static XYChart halving(Adaptation plan, Adapted adapted) {
    Map<String, Double> weights = plan.purpose().weights();
    StringColumn name = StringColumn.create("candidate");
    IntColumn blocks = IntColumn.create("compressed_blocks");
    DoubleColumn apart = DoubleColumn.create("KL_against_the_control,_in_percent");
    for (Contender each : adapted.contenders()) {
      for (Round round : adapted.rounds()) {
        Map<String, Double> scores =
            round.scored().stream()
                .collect(Collectors.toMap(Scored::contender, scored -> scored.kl(weights)));
        if (scores.containsKey(each.name())) {
          name.append(each.name());
          blocks.append(round.blocks());
          apart.append((scores.get(each.name()) / scores.get(Contender.CONTROL) - 1) * 100);
        }
      }
    }
    return Curves.withSpread(
        Table.create("halving", name, blocks, apart),
        "candidate",
        blocks.name(),
        apart.name(),
        "Candidates by number of compressed blocks (lower is better)");
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

  /** The best set against the control, on the purpose and elsewhere, in percent. */
  private static Table differences(Adapted adapted) {
    Decision decision = adapted.decision();
    Measured best = of(adapted.measured(), decision, decision.best());
    Measured control = of(adapted.measured(), decision, Contender.CONTROL);
    StringColumn corpus = StringColumn.create("corpus");
    StringColumn method = StringColumn.create("method");
    StringColumn unit = StringColumn.create("unit");
    DoubleColumn mean = DoubleColumn.create("mean_difference");
    DoubleColumn low = DoubleColumn.create("low");
    DoubleColumn high = DoubleColumn.create("high");
    List<Contrast> all = new ArrayList<>();
    contrasts(best.kl(), control.kl(), decision)
        .forEach(
            each ->
                all.add(
                    new Contrast(
                        each.contender() + " (purpose)", each.ratio(), each.low(), each.high())));
    all.addAll(domains(decision, adapted.measured()));
    for (Contrast each : all) {
      corpus.append(each.contender());
      method.append(decision.best());
      unit.append("%");
      mean.append(rounded((each.ratio() - 1) * 100));
      low.append(rounded((each.low() - 1) * 100));
      high.append(rounded((each.high() - 1) * 100));
    }
    return Table.create("KL by domain", corpus, method, unit, mean, low, high);
  }

  /** The table of the figure as a reader sees it. */
  private static Table readable(Table domains) {
    Table table = domains.selectColumns("corpus", "mean_difference", "low", "high").copy();
    table.column("corpus").setName("text");
    table.column("mean_difference").setName("difference of KL, %");
    table.column("low").setName("from, %");
    table.column("high").setName("to, %");
    return table;
  }

  static XYChart elsewhere(Adapted adapted) {
    return SelectorFigure.pools(
        differences(adapted),
        Contender.CONTROL,
        "KL with the set %s, by domain (left is better)".formatted(adapted.decision().best()));
  }

  private static List<String> facts(Adaptation plan, Adapted adapted, double bitsPerWeight) {
    List<String> facts = new ArrayList<>();
    facts.add("Model: %s, revision %.12s".formatted(plan.model().path(), plan.model().revision()));
    facts.add(
        String.format(
            Locale.ROOT,
            "Method: %s, %.3f bits per weight, format %s",
            Methods.json(plan.method()),
            bitsPerWeight,
            plan.layout().map(PackedLayout::label).orElse("dense")));
    facts.add(
        String.format(
            Locale.ROOT,
            "Each candidate has %d samples of %d tokens, seed %d",
            plan.budget().samples(),
            plan.budget().tokensPerSample(),
            plan.seed()));
    for (Target target : plan.purpose().targets()) {
      facts.add(
          String.format(
              Locale.ROOT,
              "%s, weight %.2f: %d items; %d guide, %d and %d windows of %d tokens decide and are reported",
              target.name(),
              target.weight(),
              target.items(),
              target.guide().items().size(),
              target.deciding().windows(),
              target.reporting().windows(),
              target.deciding().window()));
    }
    facts.add(
        String.format(
            Locale.ROOT,
            "Pool: %s; %d documents were removed because they overlap with the purpose",
            plan.pool().joined().name(),
            plan.pool().removedDocuments()));
    facts.add(
        String.format(
            Locale.ROOT,
            "Random draws differ by %.1f %% of KL (standard deviation of %d draws, with %d of %d blocks compressed)%s",
            adapted.decision().spread().deviation() * 100,
            adapted.decision().spread().draws(),
            adapted.decision().spreadBlocks(),
            plan.model().config().blocks(),
            adapted.decision().spreadBlocks() < plan.model().config().blocks()
                ? "; the whole model is taken to vary as much"
                : ""));
    return facts;
  }

  private static Table cost(Adapted adapted) {
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
}
