package tare.adapt;

import ai.djl.Device;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import tare.data.Budget;
import tare.data.Corpus;
import tare.data.Progress;
import tare.model.Checkpoint;
import tare.model.DecoderModel;
import tare.model.Precision;
import tare.select.ActivationCache;
import tare.select.CorpusTooSmall;
import tare.select.Mixture;
import tare.select.ModelOnDemand;
import tare.select.Selection;
import tare.select.Surroundings;
import tare.select.TaskReference;
import tare.select.UniformDraw;

/**
 * Chooses the sets that compete. A set that was chosen before is read from the folder.
 *
 * @param pressure windows of the pool for each sample, from which selectors choose
 */
record ContenderChoice(
    Adaptation plan, AdaptFolder folder, Device device, Progress progress, int pressure) {

  /**
   * The candidates: the random draws, the purpose's own text, draws of other sizes, the selectors',
   * the user's.
   */
  List<Contender> all() {
    List<Contender> all = new ArrayList<>();
    Corpus pool = plan.pool().joined();
    Checkpoint model = plan.model();
    try (ModelOnDemand opened =
        new ModelOnDemand(() -> DecoderModel.open(model, device, Precision.F32))) {
      ActivationCache cache = ActivationCache.in(folder.work("activations"), model, progress);
      List<String> draws = plan.drawNames();
      for (int draw = 0; draw < draws.size(); draw++) {
        int set = draw;
        all.add(
            chosen(
                draws.get(draw),
                name -> random(name, true, pool, plan.budget(), given(opened, cache).set(set))));
      }
      drawIfEnough(Adaptation.PURPOSE, ownText(), plan.budget(), given(opened, cache))
          .ifPresent(all::add);
      for (int samples : plan.contest().otherSizes()) {
        Budget budget = new Budget(samples, plan.budget().tokensPerSample());
        drawIfEnough(Adaptation.drawName(samples), pool, budget, given(opened, cache))
            .ifPresent(all::add);
      }
      for (Proposal proposal : plan.proposals()) {
        String stage = "choosing sets: " + proposal.name();
        progress.at(stage, 0, 1);
        all.add(
            chosen(
                proposal.name(),
                name ->
                    proposal.choose(
                        plan.purpose(), pool, pressure, plan.budget(), given(opened, cache))));
        progress.at(stage, 1, 1);
      }
    }
    all.addAll(plan.own());
    return once(all);
  }

  /** Of candidates with the same samples the first one competes, and names the others. */
  private static List<Contender> once(List<Contender> all) {
    Map<String, Contender> once = new LinkedHashMap<>();
    for (Contender each : all) {
      once.merge(each.set().fingerprint(), each, (first, same) -> first.sameAs(same.name()));
    }
    return List.copyOf(once.values());
  }

  private interface Choosing {
    Contender choose(String name);
  }

  private Contender chosen(String name, Choosing choosing) {
    return folder
        .contender(name)
        .orElseGet(
            () -> {
              Contender chosen = choosing.choose(name);
              folder.write(chosen);
              return chosen;
            });
  }

  private Surroundings given(ModelOnDemand model, ActivationCache cache) {
    return new Surroundings(
            plan.model().tokenizer(), model, new SplittableRandom(plan.seed()), cache)
        .references(TaskReference::requireItems);
  }

  private static Contender random(
      String name, boolean isControl, Corpus pool, Budget budget, Surroundings given) {
    long start = System.nanoTime();
    Selection drawn = Selection.by(new UniformDraw(), pool, budget, given);
    return new Contender(
        name, isControl, drawn.set(), drawn.notes(), (System.nanoTime() - start) / 1e9);
  }

  /** A draw that is not a control, if there is enough text. */
  private Optional<Contender> drawIfEnough(
      String drawn, Corpus pool, Budget budget, Surroundings given) {
    try {
      return Optional.of(chosen(drawn, name -> random(name, false, pool, budget, given)));
    } catch (CorpusTooSmall none) {
      return Optional.empty();
    }
  }

  /** The purpose's own text, by the targets' weights. */
  private Corpus ownText() {
    List<Corpus> own = plan.purpose().ownText();
    List<Target> targets = plan.purpose().targets();
    List<Mixture.Part> parts = new ArrayList<>();
    for (int i = 0; i < own.size(); i++) {
      parts.add(new Mixture.Part(own.get(i), targets.get(i).weight()));
    }
    return own.size() == 1 ? own.get(0) : new Mixture(parts);
  }

  /** Says which draws are missing because there is too little text. */
  List<String> leftOut() {
    List<String> notes = new ArrayList<>();
    if (!folder.isChosen(Adaptation.PURPOSE)) {
      notes.add("The purpose's own text is too short for a set, so none was drawn from it.");
    }
    for (int samples : plan.contest().otherSizes()) {
      if (!folder.isChosen(Adaptation.drawName(samples))) {
        notes.add(
            "The pool has too little text for a draw of "
                + samples
                + " samples, so this size was not tried.");
      }
    }
    return notes;
  }
}
