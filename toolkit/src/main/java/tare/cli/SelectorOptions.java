package tare.cli;

import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Option;
import tare.select.acdm.Centroid;
import tare.select.acdm.References;
import tare.select.acdm.SetRule;
import tare.select.acdm.Sharing;
import tare.select.acdm.Statistic;
import tare.select.activation.ByPerplexity;
import tare.select.activation.Distance;
import tare.select.activation.Observation;
import tare.select.activation.Scaling;
import tare.study.SelectorPlan;

/** The options that name a selector; those of acdm are its parameters. */
final class SelectorOptions {

  @Option(
      names = "--selector",
      paramLabel = "NAME",
      description = {
        "uniform, uniform-pool, random-tokens, shuffled-words, zipcal, zipcal-multi, covercal,",
        "acdm, acdm-herding, clusters, perplexity, k-centre, stratified, self, self-generated",
        "(default: uniform)"
      })
  private String selector = "uniform";

  @Option(
      names = "--references",
      arity = "1..*",
      paramLabel = "TASK",
      description = "acdm: the tasks whose training side is the reference")
  private List<String> references;

  @Option(
      names = "--reference-form",
      description = "acdm: ${COMPLETION-CANDIDATES} (default: PACKED, to the candidates' length)")
  private References.Form referenceForm;

  @Option(
      names = "--reference-windows",
      paramLabel = "N",
      description = "acdm: the most reference windows of a task (default: 64)")
  private Integer referenceWindows;

  @Option(
      names = "--pressure",
      paramLabel = "M",
      description = "windows in the pool for each sample; 0 for all (default: 8)")
  private Integer pressure;

  @Option(
      names = "--packed",
      description = {
        "join documents, short and long, and cut them into as many windows as they give; otherwise",
        "each gives one"
      })
  private Boolean packed;

  @Option(names = "--statistic", description = "acdm: ${COMPLETION-CANDIDATES}")
  private Statistic statistic;

  @Option(names = "--scaling", description = "acdm: ${COMPLETION-CANDIDATES}")
  private Scaling scaling;

  @Option(names = "--distance", description = "acdm: ${COMPLETION-CANDIDATES}")
  private Distance distance;

  @Option(names = "--centroid", description = "acdm: ${COMPLETION-CANDIDATES}")
  private Centroid centroid;

  @Option(names = "--sharing", description = "acdm: ${COMPLETION-CANDIDATES}")
  private Sharing sharing;

  @Option(names = "--rule", description = "acdm: ${COMPLETION-CANDIDATES}")
  private SetRule rule;

  @Option(
      names = "--share",
      paramLabel = "S",
      description = "acdm: how much of the set it chooses; the rest is drawn (default: 1)")
  private Double share;

  @Option(names = "--points", description = "acdm: ${COMPLETION-CANDIDATES}")
  private Observation.Points points;

  @Option(names = "--counted", description = "acdm: ${COMPLETION-CANDIDATES}")
  private Observation.Counted counted;

  @Option(
      names = "--first-blocks",
      paramLabel = "B",
      description = "acdm: run the first B blocks only")
  private Integer firstBlocks;

  @Option(names = "--order", description = "perplexity: ${COMPLETION-CANDIDATES}")
  private ByPerplexity.Order order;

  /** What the options say. */
  SelectorPlan plan() {
    return new SelectorPlan(
        selector.toLowerCase(Locale.ROOT),
        references,
        referenceForm,
        referenceWindows,
        pressure,
        packed,
        statistic,
        scaling,
        distance,
        centroid,
        sharing,
        rule,
        share,
        points,
        counted,
        firstBlocks,
        order);
  }
}
