package tare.adapt;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.knowm.xchart.XYChart;
import tare.export.PackedLayout;
import tare.report.figure.Curves;
import tare.report.figure.ForestPlot;
import tare.report.summary.ReportPage;
import tare.study.Methods;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/** Writes what a run found, for a reader who reads nothing else. */
final class AdaptReport {

  private AdaptReport() {}

  /** Writes the page and its figures. */
  static void write(Adaptation plan, Adapted adapted, double bitsPerWeight) throws IOException {
    ReportPage page = new ReportPage("What the model was adapted to, and whether it helped");
    adapted.sentences().forEach(page::paragraph);
    page.section("Candidates")
        .paragraph(
            "KL is the divergence of the compressed model's predictions from the original's on the deciding part, in nats; lower is better. Each candidate is compared at the number of compressed blocks that it reached. The interval covers the windows of the text and the spread of random draws.")
        .table(AdaptTables.candidates(plan, adapted))
        .figure("halving.png", halving(plan, adapted));
    if (plan.contest().keepsAll()) {
      page.section("How early the order was known")
          .paragraph(
              "No candidate was dropped, so the order after the first blocks can be compared with that of the whole models. Regret: how much higher the whole model's KL is with the candidate that was best after these blocks, than with the best of all. The last column: the same if the worse half of the sets had been dropped here.")
          .table(AdaptTables.early(adapted));
    }
    page.section("Before and after")
        .paragraph(
            "Measured on text and test items that took no part in the choice. The result is the written model, opened from its folder.")
        .table(AdaptTables.scores(plan, adapted));
    Table domains = Elsewhere.differences(adapted);
    if (!domains.isEmpty()) {
      page.section("Elsewhere")
          .paragraph(
              "The set %s against the random draw %s, on the purpose and on held-back text of the pool. A gain is a lower KL: right of zero in the figure, negative in the table."
                  .formatted(adapted.decision().best(), Contender.CONTROL))
          .figure("kl-by-domain.png", elsewhere(adapted))
          .table(AdaptTables.readable(domains));
    }
    page.section("How it was done").list(facts(plan, adapted, bitsPerWeight));
    page.section("Time and memory").table(AdaptTables.cost(adapted));
    if (!adapted.notes().isEmpty()) {
      page.section("Notes").list(adapted.notes());
    }
    if (!plan.command().isEmpty()) {
      page.section("Repeat it").command(plan.command());
    }
    page.write(adapted.folder());
  }

  static XYChart halving(Adaptation plan, Adapted adapted) {
    Map<String, Double> weights = plan.purpose().weights();
    StringColumn name = StringColumn.create("candidate");
    IntColumn blocks = IntColumn.create("compressed_blocks");
    DoubleColumn apart = DoubleColumn.create("KL_against_the_control,_%_(lower_is_better)");
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
    Round last = adapted.rounds().get(adapted.rounds().size() - 1);
    return Curves.withSpread(
        Table.create("halving", name, blocks, apart),
        "candidate",
        blocks.name(),
        apart.name(),
        String.format(
            Locale.ROOT,
            "After %d blocks, KL is lowest with the set %s",
            last.blocks(),
            last.scored().get(0).contender()));
  }

  static XYChart elsewhere(Adapted adapted) {
    return ForestPlot.pools(
        Elsewhere.differences(adapted),
        Contender.CONTROL,
        "KL with the set %s".formatted(adapted.decision().best()));
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
    facts.add("Few blocks and the whole model: " + plan.foresight());
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
}
