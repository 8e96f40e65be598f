package tare.adapt;

import ai.djl.Device;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tare.evaluate.Aggregate;
import tare.evaluate.Divergence;
import tare.evaluate.Original;
import tare.evaluate.Outcome;
import tare.evaluate.Perplexity;
import tare.evaluate.Scorer;
import tare.evaluate.Task;
import tare.model.Checkpoint;
import tare.model.DecoderModel;
import tare.model.Precision;

/** Scores models beside the original, which is run once for each text. */
final class ModelScores implements AutoCloseable {

  /** Name of the folder for what is kept of the original. */
  static final String KEPT = "last-hidden";

  private final Comparison comparison;
  private final Device device;
  private final Original original;

  private ModelScores(Comparison comparison, Device device, Original original) {
    this.comparison = comparison;
    this.device = device;
    this.original = original;
  }

  /** Runs nothing yet. What is kept of the original lies in the folder. */
  static ModelScores in(AdaptFolder folder, Comparison comparison, Device device) {
    Path kept = folder.work(KEPT);
    return new ModelScores(
        comparison, device, new Original(comparison.model(), device, Precision.F32, kept));
  }

  /** Runs the original on texts, so that it need not stay in memory. */
  void keep(List<Perplexity> texts) {
    texts.forEach(original::keep);
  }

  /** Runs the original on a task's items, if models are compared in them. */
  void keep(Task test) {
    test.keep(original);
  }

  /** KL of each window of the deciding part, in nats, by target. */
  Map<String, List<Double>> deciding(Checkpoint model) {
    Map<String, List<Double>> kl = new LinkedHashMap<>();
    try (DecoderModel opened = DecoderModel.open(model, device, Precision.F32)) {
      Scorer scorer = new Scorer(opened).against(original);
      comparison.deciding().forEach(text -> kl.put(text.name(), kl(text, scorer)));
    } finally {
      original.close(); // its output matrix; compression comes next
    }
    return kl;
  }

  /** All scores of a model on what took no part in the choice. */
  Measured measure(Adaptation plan, String name, Checkpoint model) {
    long start = System.nanoTime();
    boolean isOriginal = name.equals(Measured.ORIGINAL);
    Map<String, List<Double>> kl = new LinkedHashMap<>();
    Map<String, List<Double>> domains = new LinkedHashMap<>();
    List<Outcome> outcomes = new ArrayList<>();
    int truncated;
    try (DecoderModel opened = DecoderModel.open(model, device, Precision.F32)) {
      Scorer plain = new Scorer(opened);
      Scorer scorer = isOriginal ? plain : plain.against(original);
      for (Target target : plan.purpose().targets()) {
        outcomes.addAll(target.reporting().run(scorer));
        if (!isOriginal) {
          kl.put(target.name(), kl(target.reporting(), scorer));
        }
      }
      if (!isOriginal) {
        plan.pool().domains().forEach(text -> domains.put(text.name(), kl(text, scorer)));
      }
      original.close(); // its output matrix, which items do not need
      for (Task test : plan.tests()) {
        opened.hold(); // items take many passes
        test.run(scorer).stream().map(ModelScores::ofTest).forEach(outcomes::add);
      }
      truncated = scorer.truncated();
    } finally {
      original.close();
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    return new Measured(name, kl, domains, Aggregate.of(outcomes), truncated, seconds);
  }

  private static List<Double> kl(Perplexity text, Scorer scorer) {
    return new Divergence(text)
        .run(scorer).stream()
            .filter(outcome -> outcome.metric().equals("kl"))
            .map(Outcome::value)
            .toList();
  }

  /** A task's scores have names of their own, as its training side may have perplexity too. */
  private static Outcome ofTest(Outcome outcome) {
    return new Outcome(
        outcome.task() + " (test)", outcome.item(), outcome.metric(), outcome.value());
  }

  @Override
  public void close() {
    original.close();
  }
}
