package tare.adapt;

import ai.djl.Device;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import tare.calibrate.BlockByBlock;
import tare.calibrate.CompressedModel;
import tare.calibrate.PartialCompression;
import tare.calibrate.TargetLoss;
import tare.data.CalibrationFile;
import tare.data.Corpus;
import tare.data.Progress;
import tare.data.Provenance;
import tare.data.Sample;
import tare.evaluate.Perplexity;
import tare.export.PackedFolder;
import tare.model.Checkpoint;
import tare.study.PeakMemory;

/**
 * A run of a plan in a folder, step by step. Each step is computed once: a step that was finished
 * before, also by a process that was killed, is read. Later steps do the earlier ones first.
 *
 * <p>A candidate's partial compression lies in the folder, goes on in each round from where it was,
 * and is deleted when the candidate is dropped. One model is in memory at a time.
 */
public final class AdaptRun implements AutoCloseable {

  private static final String CHOSEN = "calibration.jsonl";
  private static final String MODEL = "model";
  private static final String PACKED = "packed";

  /** A packed model that differs by more from the run on the deciding part is remarked on. */
  private static final double SAME = 0.05;

  private final Adaptation plan;
  private final AdaptFolder folder;
  private final Device device;
  private final Progress progress;
  private final int pressure;
  private final Map<String, Double> weights;
  private final ModelScores scores;
  private final TimeLeft time = new TimeLeft();
  private List<Contender> contenders;
  private List<Round> rounds;

  /**
   * The written model.
   *
   * @param seconds duration of compressing and writing
   * @param kl KL on the deciding part of the model as it was opened again, in nats
   * @param bitsPerWeight mean bits of the compressed weights
   */
  private record Written(double seconds, double kl, double bitsPerWeight) {}

  private AdaptRun(
      Adaptation plan, AdaptFolder folder, Device device, Progress progress, int pressure) {
    this.plan = plan;
    this.folder = folder;
    this.device = device;
    this.progress = progress;
    this.pressure = pressure;
    weights = plan.purpose().weights();
    scores = new ModelScores(plan, device, folder.work("last-hidden"));
  }

  static AdaptRun open(Adaptation plan, Path out, Device device, Progress progress)
      throws IOException {
    int pressure = plan.requireFits();
    plan.requireCandidatesFit();
    return new AdaptRun(plan, AdaptFolder.open(out, plan.settings()), device, progress, pressure);
  }

  /** The candidates: the random draws, then the purpose's own text, the selectors, the user's. */
  public List<Contender> contenders() {
    if (contenders == null) {
      contenders = new ContenderChoice(plan, folder, device, progress, pressure).all();
    }
    return contenders;
  }

  /** All rounds, from the first blocks to the whole model. */
  public List<Round> rounds() {
    if (rounds == null) {
      rounds = List.copyOf(halve());
    }
    return rounds;
  }

  private List<Round> halve() {
    List<Contender> left = new ArrayList<>(contenders());
    Set<String> random = new HashSet<>(plan.drawNames());
    List<Integer> depths =
        Round.depths(plan.model().config().blocks(), left.size() - random.size(), plan.rounds());
    List<Sample> windows = plan.decidingWindows();
    scores.keep(plan.purpose().targets().stream().map(Target::deciding).toList());
    List<Round> done = new ArrayList<>();
    for (int number = 0; number < depths.size(); number++) {
      List<Scored> scored = new ArrayList<>();
      for (int i = 0; i < left.size(); i++) {
        String timeLeft = left(depths, number, left.size(), i);
        scored.add(
            score(
                left.get(i),
                depths.get(number),
                windows,
                String.format(
                    Locale.ROOT,
                    "round %d of %d: %s, candidate %d of %d%s",
                    number + 1,
                    depths.size(),
                    left.get(i).name(),
                    i + 1,
                    left.size(),
                    timeLeft)));
      }
      Round round = Round.of(scored, random, weights, number == depths.size() - 1);
      done.add(round);
      for (Contender each : left) {
        if (!round.goOn().contains(each.name())) {
          folder.forget(partial(each.name()));
        }
      }
      left.removeIf(each -> !round.goOn().contains(each.name()));
    }
    return done;
  }

  /** The time left before the next candidate of a round. */
  private String left(List<Integer> depths, int round, int candidates, int done) {
    int before = round == 0 ? 0 : depths.get(round - 1);
    double blocks = (double) (candidates - done) * (depths.get(round) - before);
    double scorings = candidates - done;
    for (int later = round + 1; later < depths.size(); later++) {
      int going = later == depths.size() - 1 ? 3 : Math.max(3, (candidates + 1) / 2);
      blocks += (double) going * (depths.get(later) - depths.get(later - 1));
      scorings += going;
    }
    return time.after(blocks + plan.model().config().blocks(), scorings + 1, 4);
  }

  private static String partial(String contender) {
    return "partial/" + contender;
  }

  private Scored score(Contender contender, int blocks, List<Sample> windows, String stage) {
    String step = String.format(Locale.ROOT, "scored/%d-blocks-%s", blocks, contender.name());
    progress.at(stage, 0, blocks);
    Optional<Scored> before = folder.read(step, Scored.class);
    if (before.isPresent()) {
      return before.get();
    }
    long start = System.nanoTime();
    PartialCompression partial;
    int from;
    try {
      partial = open(contender, windows);
      if (partial.blocks() > blocks) { // a score was deleted by hand
        folder.forget(partial(contender.name()));
        partial = open(contender, windows);
      }
      from = partial.blocks();
      partial.advance(blocks, device, (unused, done, total) -> progress.at(stage, done, blocks));
    } catch (IOException e) {
      throw new UncheckedIOException(
          folder.work(partial(contender.name())) + " cannot be written", e);
    }
    time.compressed(blocks - from, since(start));
    long scoring = System.nanoTime();
    Map<String, List<Double>> kl = scores.deciding(partial.checkpoint());
    time.scored(since(scoring));
    Scored scored =
        new Scored(
            contender.name(),
            blocks,
            kl,
            loss(partial.losses(), windows),
            partial.losses().stream().mapToDouble(TargetLoss::total).sum(),
            since(start));
    folder.write(step, scored);
    return scored;
  }

  private PartialCompression open(Contender contender, List<Sample> windows) throws IOException {
    return PartialCompression.open(
        folder.work(partial(contender.name())),
        plan.model(),
        contender.set(),
        windows,
        plan.method());
  }

  /** The relative losses of each window, summed over the layers, by target. */
  private static Map<String, List<Double>> loss(List<TargetLoss> losses, List<Sample> windows) {
    Map<String, List<Double>> byTarget = new LinkedHashMap<>();
    for (int w = 0; w < windows.size(); w++) {
      double sum = 0;
      for (TargetLoss each : losses) {
        sum += each.changed().get(w) * windows.size() / each.outputs();
      }
      byTarget.computeIfAbsent(windows.get(w).document(), name -> new ArrayList<>()).add(sum);
    }
    return byTarget;
  }

  /** Which set is taken, and on what evidence. */
  public Decision decision() {
    return Decision.of(rounds(), new HashSet<>(plan.drawNames()), weights);
  }

  /**
   * Compresses the model with the taken set and writes it, with the set and its provenance.
   *
   * @return the folder of the model
   */
  public Path pack() {
    Path target = folder.path(MODEL);
    if (folder.read(PACKED, Written.class).isPresent() && Files.isDirectory(target)) {
      return target;
    }
    Contender taken = contender(decision().taken());
    long start = System.nanoTime();
    String stage = "compressing with " + taken.name();
    Progress blocks = (unused, done, total) -> progress.at(stage, done, total);
    try {
      Path file = folder.path(CHOSEN);
      CalibrationFile.write(file, taken.set());
      provenance(taken).write(file);
      if (Files.exists(target.resolve("config.json"))) { // killed before this step was noted
        AdaptFolder.delete(target);
      }
      BlockByBlock compression = new BlockByBlock();
      CompressedModel compressed =
          plan.layout().isEmpty()
              ? compression.compressInto(
                  target, plan.model(), Optional.of(taken.set()), plan.method(), device, blocks)
              : compression.compress(plan.model(), taken.set(), plan.method(), device, blocks);
      if (plan.layout().isPresent()) {
        PackedFolder.write(compressed, plan.layout().get(), target);
      }
      double seconds = since(start);
      double kl = Scored.mean(scores.deciding(Checkpoint.open(target)), weights);
      folder.write(PACKED, new Written(seconds, kl, compressed.bitsPerWeight()));
    } catch (IOException e) {
      throw new UncheckedIOException(target + " cannot be written", e);
    }
    return target;
  }

  private Contender contender(String name) {
    return contenders().stream().filter(each -> each.name().equals(name)).findFirst().orElseThrow();
  }

  /** The corpora that a candidate was chosen from; none if it is a set of the user. */
  private List<Corpus> sources(Contender taken) {
    if (taken.name().equals(Adaptation.PURPOSE)) {
      return plan.purpose().ownText();
    }
    return plan.own().contains(taken) ? List.of() : plan.pool().parts();
  }

  private Provenance provenance(Contender taken) {
    return new Provenance(
        taken.set().selector(),
        plan.seed(),
        taken.set().fingerprint(),
        taken.set().samples().size(),
        plan.budget().tokensPerSample(),
        plan.model().path().toString(),
        plan.model().revision(),
        sources(taken).stream()
            .map(
                part ->
                    new Provenance.Source(
                        part.name(), part.revision(), "train", null, 0, 0, 0, null, List.of()))
            .toList(),
        plan.purpose().targets().stream().map(Target::name).toList(),
        "tare adapt",
        taken.seconds(),
        Stream.concat(
                Stream.of("candidate %s of tare adapt".formatted(taken.name())),
                taken.notes().stream())
            .toList(),
        null,
        List.of());
  }

  /**
   * The original, the written model, and what it is compared with: the control, and the best set.
   */
  public List<Measured> measured() {
    Path written = pack();
    Decision decision = decision();
    List<Perplexity> kept = new ArrayList<>(plan.pool().domains());
    plan.purpose().targets().forEach(target -> kept.add(target.reporting()));
    scores.keep(kept);
    List<Measured> all = new ArrayList<>();
    all.add(measure(Measured.ORIGINAL, plan::model));
    all.add(measure(Measured.RESULT, () -> Checkpoint.open(written)));
    for (String other : new LinkedHashSet<>(List.of(Contender.CONTROL, decision.best()))) {
      if (!other.equals(decision.taken())) {
        all.add(measure(other, () -> whole(other)));
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
              Measured measured = scores.measure(name, model.get());
              progress.at(stage, 1, 1);
              time.measured(measured.seconds());
              folder.write("measured/" + name, measured);
              return measured;
            });
  }

  /** The whole model, compressed with a candidate. */
  private Checkpoint whole(String contender) {
    try {
      PartialCompression whole = open(contender(contender), plan.decidingWindows());
      whole.advance(plan.model().config().blocks(), device, progress);
      return whole.checkpoint();
    } catch (IOException e) {
      throw new UncheckedIOException(folder.work(partial(contender)) + " cannot be written", e);
    }
  }

  /**
   * Does all steps that are left, writes the report, and deletes what is no longer needed.
   *
   * @throws IOException if the report cannot be written
   */
  public Adapted finish() throws IOException {
    List<Measured> measured = measured();
    Written written = folder.read(PACKED, Written.class).orElseThrow();
    Decision decision = decision();
    List<String> notes = new ArrayList<>(plan.pool().notes());
    Round last = rounds().get(rounds().size() - 1);
    double ran =
        last.scored().stream()
            .filter(each -> each.contender().equals(decision.taken()))
            .findFirst()
            .orElseThrow()
            .kl(weights);
    if (Math.abs(written.kl() / ran - 1) > SAME) {
      notes.add(
          String.format(
              Locale.ROOT,
              "The written model has a KL of %.5g nats on the deciding part, where the comparison had %.5g: the format changes it.",
              written.kl(),
              ran));
    }
    if (contenders().stream().noneMatch(each -> each.name().equals(Adaptation.PURPOSE))) {
      notes.add("The purpose's own text is too short for a set, so none was drawn from it.");
    }
    for (Contender each : contenders()) {
      each.notes().forEach(note -> notes.add(each.name() + ": " + note));
    }
    Adapted adapted =
        new Adapted(
            plan,
            folder.path("").toAbsolutePath(),
            decision,
            AdaptVerdict.sentences(plan, decision, measured),
            contenders(),
            rounds(),
            measured,
            notes,
            new Adapted.Cost(
                contenders().stream().mapToDouble(Contender::seconds).sum(),
                rounds().stream()
                    .flatMap(round -> round.scored().stream())
                    .mapToDouble(Scored::seconds)
                    .sum(),
                written.seconds(),
                measured.stream().mapToDouble(Measured::seconds).sum(),
                PeakMemory.mib()));
    AdaptReport.write(plan, adapted, written.bitsPerWeight());
    folder.forget("partial");
    folder.forget("last-hidden");
    folder.forget("activations");
    return adapted;
  }

  private static double since(long start) {
    return (System.nanoTime() - start) / 1e9;
  }

  @Override
  public void close() throws IOException {
    scores.close();
    folder.close();
  }
}
