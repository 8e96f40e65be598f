package tare.adapt;

import ai.djl.Device;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import tare.calibrate.BlockByBlock;
import tare.data.Progress;
import tare.data.WholeFile;
import tare.model.Checkpoint;
import tare.study.ClusterEngine;
import tare.study.PeakMemory;
import tare.study.RecordCsv;

/**
 * A run of a plan in a folder, step by step. Each step is computed once: a step that was finished
 * before, also by a process that was killed, is read. Later steps do the earlier ones first.
 *
 * <p>A candidate's partial compression is deleted when the candidate is dropped. One model is in
 * memory at a time.
 */
public final class AdaptRun implements AutoCloseable {

  /** A packed model that differs by more from the run on the deciding part is remarked on. */
  private static final double SAME = 0.05;

  private final Adaptation plan;
  private final AdaptFolder folder;
  private final Progress progress;
  private final Comparison comparison;
  private final ModelScores models;
  private final TimeLeft time = new TimeLeft();
  private final ContenderChoice choice;
  private final CandidateScores scores;
  private final Packing packing;
  private Halving.RoundScores rounding;
  private List<Contender> contenders;
  private List<Round> rounds;

  private AdaptRun(
      Adaptation plan, AdaptFolder folder, Device device, Progress progress, int pressure) {
    this.plan = plan;
    this.folder = folder;
    this.progress = progress;
    comparison = Comparison.of(plan);
    models = ModelScores.in(folder, comparison, device);
    choice = new ContenderChoice(plan, folder, device, progress, pressure);
    scores = new CandidateScores(comparison, folder, device, progress, models, time);
    rounding = this::scoredHere;
    packing = new Packing(plan, folder, device, progress, models);
  }

  static AdaptRun open(Adaptation plan, Path out, Device device, Progress progress)
      throws IOException {
    int pressure = plan.requireFits();
    plan.requireCandidatesFit();
    if (plan.layout().isEmpty()) {
      BlockByBlock.requireDense(plan.method().recipe());
    }
    ObjectNode settings = plan.settings().put("device", device.getDeviceType());
    return new AdaptRun(plan, AdaptFolder.open(out, settings), device, progress, pressure);
  }

  /**
   * The candidates: the random draws, the purpose's own text, draws of other sizes, the selectors',
   * the user's.
   */
  public List<Contender> contenders() {
    if (contenders == null) {
      List<Contender> all = choice.all();
      requireSetsBesideDraws(all);
      contenders = all;
    }
    return contenders;
  }

  /** A candidate with the samples of a draw is that draw, and a text may be too short for a set. */
  private void requireSetsBesideDraws(List<Contender> all) {
    if (plan.drawNames().containsAll(all.stream().map(Contender::name).toList())) {
      List<String> notes = new ArrayList<>(choice.leftOut());
      all.forEach(each -> each.notes().forEach(note -> notes.add(each.name() + ": " + note)));
      throw new IllegalArgumentException(
          "No set is left to compare with the random draws: name other selectors (--try) or a set of your own (--candidate). %s"
              .formatted(String.join(" ", notes)));
    }
  }

  /** All rounds, from the first blocks to the whole model. */
  public List<Round> rounds() {
    if (rounds == null) {
      List<Contender> all = contenders();
      models.keep(comparison.deciding());
      rounds = List.copyOf(new Halving(plan, rounding, scores::forget, time).rounds(all));
    }
    return rounds;
  }

  /** Scores one candidate after the other. */
  private List<Scored> scoredHere(List<Contender> round, int blocks, IntFunction<String> stage) {
    return IntStream.range(0, round.size())
        .mapToObj(i -> scores.score(round.get(i), blocks, stage.apply(i)))
        .toList();
  }

  /**
   * Compresses and scores the candidates on the workers of a cluster, all of a round at the same
   * time. The rest is done here. All machines must see the folder of the run and the model under
   * the same path.
   *
   * @param engine runs tasks on workers
   * @param master address of the cluster, for instance {@code spark://host:7077}
   * @param device device of a worker to which the cluster assigns none, by its name
   * @return this run
   */
  public AdaptRun on(ClusterEngine engine, String master, String device) {
    rounding =
        (round, blocks, stage) -> {
          comparison.write(folder);
          List<CandidateScores.OnWorker> left = new ArrayList<>();
          for (Contender each : round) {
            if (!folder.isChosen(each.name())) { // a set of the user
              folder.write(each);
            }
            if (scores.before(each, blocks).isEmpty()) {
              left.add(new CandidateScores.OnWorker(path(), each.name(), blocks));
            }
          }
          engine.run(master, "adapt", left, device, progress);
          return round.stream().map(each -> scores.before(each, blocks).orElseThrow()).toList();
        };
    return this;
  }

  private String path() {
    return folder.path("").toAbsolutePath().normalize().toString();
  }

  /** Which set is taken, and on what evidence. */
  public Decision decision() {
    return Decision.of(rounds(), new HashSet<>(plan.drawNames()), plan.purpose().weights());
  }

  /**
   * Compresses the model with the taken set and writes it, with the set and its provenance.
   *
   * @return the folder of the model
   */
  public Path pack() {
    written();
    return packing.path();
  }

  private Packing.Written written() {
    return packing.write(contender(decision().taken()));
  }

  private Contender contender(String name) {
    return Contender.named(contenders(), name);
  }

  /**
   * The original, the written model, and what it is compared with: the control, and the best set.
   */
  public List<Measured> measured() {
    Path written = pack();
    Decision decision = decision();
    models.keep(plan.pool().domains());
    models.keep(plan.purpose().targets().stream().map(Target::reporting).toList());
    plan.tests().forEach(models::keep);
    List<Measured> all = new ArrayList<>();
    all.add(measure(Measured.ORIGINAL, plan::model));
    all.add(measure(Measured.RESULT, () -> Checkpoint.open(written)));
    for (String other : new LinkedHashSet<>(List.of(Contender.CONTROL, decision.best()))) {
      if (!other.equals(decision.taken())) {
        all.add(measure(other, () -> scores.whole(contender(other))));
      }
    }
    return all;
  }

  private Measured measure(String name, Supplier<Checkpoint> model) {
    return folder
        .read("measured/" + name, Measured.class)
        .orElseGet(
            () -> {
              String stage = "measuring for the report: " + name;
              progress.at(stage, 0, 1);
              Measured measured = models.measure(plan, name, model.get());
              progress.at(stage, 1, 1);
              time.measured(measured.seconds());
              folder.write("measured/" + name, measured);
              return measured;
            });
  }

  /**
   * Does all steps that are left, writes the report, and deletes what is no longer needed.
   *
   * @throws IOException if the report cannot be written
   */
  public Adapted finish() throws IOException {
    List<Measured> measured = measured();
    Packing.Written written = written();
    Decision decision = decision();
    Adapted adapted =
        new Adapted(
            plan,
            folder.path("").toAbsolutePath(),
            decision,
            AdaptVerdict.sentences(plan, decision, measured),
            contenders(),
            rounds(),
            measured,
            notes(decision, written),
            new Adapted.Cost(
                contenders().stream().mapToDouble(Contender::seconds).sum(),
                rounds().stream()
                    .flatMap(round -> round.scored().stream())
                    .mapToDouble(Scored::seconds)
                    .sum(),
                written.seconds(),
                measured.stream().mapToDouble(Measured::seconds).sum(),
                PeakMemory.mib()));
    WholeFile.write(
        folder.path("candidates.csv"),
        new RecordCsv<>(CandidateScore.class, adapted.scores())::write);
    AdaptReport.write(plan, adapted, written.bitsPerWeight());
    folder.forget("partial");
    folder.forget(ModelScores.KEPT);
    folder.forget("activations");
    return adapted;
  }

  private List<String> notes(Decision decision, Packing.Written written) {
    List<String> notes = new ArrayList<>(plan.purpose().notes());
    notes.addAll(plan.pool().notes());
    double ran =
        rounds().get(rounds().size() - 1).of(decision.taken()).kl(plan.purpose().weights());
    if (Math.abs(written.kl() / ran - 1) > SAME) {
      notes.add(
          String.format(
              Locale.ROOT,
              "The written model has a KL of %.5g nats on the deciding part, where the comparison had %.5g: the format changes it.",
              written.kl(),
              ran));
    }
    notes.addAll(choice.leftOut());
    for (Measured each : measured()) {
      if (each.truncated() > 0) {
        notes.add(
            String.format(
                Locale.ROOT,
                "%s: %d requests of the tasks' test items were cut on the left to fit the model's context.",
                each.model(),
                each.truncated()));
      }
    }
    for (Contender each : contenders()) {
      each.notes().forEach(note -> notes.add(each.name() + ": " + note));
    }
    return notes;
  }

  @Override
  public void close() throws IOException {
    models.close();
    folder.close();
  }
}
