package tare.adapt;

import ai.djl.Device;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import tare.compress.Method;
import tare.data.Budget;
import tare.data.CalibrationSet;
import tare.data.Corpus;
import tare.data.Document;
import tare.data.Progress;
import tare.data.Sample;
import tare.data.Sha256;
import tare.evaluate.Perplexity;
import tare.evaluate.Task;
import tare.export.PackedLayout;
import tare.model.Checkpoint;
import tare.select.TaskGuidedSelector;
import tare.select.ZipCal;
import tare.select.acdm.Acdm;
import tare.select.acdm.GramMatching;
import tare.select.activation.CoverCal;
import tare.study.Methods;

/**
 * The plan of how a model is adapted to a purpose: candidates for the calibration set, all of the
 * same size, are compared in partly compressed models, and the best one calibrates the result if it
 * beats a random draw.
 *
 * <pre>{@code
 * Lab lab = Lab.open();
 * Tasks tasks = new Tasks(lab.data().resolve("fetched"));
 * Checkpoint model = lab.original();
 * Path corpora = lab.data().resolve("fetched/corpora");
 * String text = corpora.resolve("encyclopedia.jsonl").toString();
 * Target.Sizes sizes = new Target.Sizes(16, 4, 256);
 * Purpose purpose = Purpose.of(List.of(text), tasks, model.tokenizer(), sizes, 1);
 * List<CorpusFile> news = List.of(CorpusFile.read(corpora.resolve("news.jsonl"), CorpusSide.TRAIN));
 * AdaptPool pool = AdaptPool.of(purpose, news, model.tokenizer());
 * Adaptation plan =
 *     Adaptation.plan(model, purpose, pool, new Gptq(3, 64), new Budget(2, 32))
 *         .proposals(List.of(new Proposal(new ZipCal())));
 * Adapted result = plan.run(Path.of("out/adapted"), lab.device(), Progress.NONE);
 * System.out.println(result.sentences());
 * }</pre>
 *
 * @param model the uncompressed model
 * @param purpose what the compressed model is for
 * @param pool the text to choose from
 * @param method how the model is compressed
 * @param budget size of each calibration set
 * @param proposals selectors that propose sets
 * @param own sets of the user
 * @param contest how the candidates compete
 * @param seed seed of the draws and selectors
 * @param layout how the result is packed; empty for dense weights
 * @param command the command that repeats the run, for the report; may be empty
 */
public record Adaptation(
    Checkpoint model,
    Purpose purpose,
    AdaptPool pool,
    Method method,
    Budget budget,
    List<Proposal> proposals,
    List<Contender> own,
    Contest contest,
    long seed,
    Optional<PackedLayout> layout,
    String command) {

  /**
   * The size of a set if none is asked for: with it, perplexity was near that of the best of all
   * tried sizes on three models (docs/findings.md, claim 2.2).
   */
  public static final Budget ROBUST = new Budget(64, 256);

  /** What else competes with {@link #ROBUST}: a quarter of its samples, and four times as many. */
  public static final List<Integer> OTHER_SIZES = List.of(16, 256);

  /** Name of the candidate that is drawn from the purpose's own text. */
  static final String PURPOSE = "purpose";

  /** The selectors that propose sets if none are named. */
  public static final List<Proposal> USUAL =
      List.of(
          new Proposal(new Acdm(List.of())),
          new Proposal(new GramMatching(List.of())),
          new Proposal(new ZipCal()),
          new Proposal(new CoverCal()),
          new Proposal(new BestMixture(List.of(), false)));

  /** Copies the lists. */
  public Adaptation {
    proposals = List.copyOf(proposals);
    own = List.copyOf(own);
  }

  /**
   * A plan with the usual selectors, five random draws and two rounds before the last. If recorded
   * runs of the method do not show that few blocks foretell whole models, there are no such rounds.
   * A mixture is proposed if several corpora of the pool have enough text.
   *
   * @throws IllegalArgumentException if the method needs no calibration set, the model is packed
   *     already, its context is too short, or the pool is smaller than the draws need
   */
  public static Adaptation plan(
      Checkpoint model, Purpose purpose, AdaptPool pool, Method method, Budget budget) {
    Adaptation plan =
        new Adaptation(
            model,
            purpose,
            pool,
            method,
            budget,
            USUAL.stream()
                .filter(
                    each ->
                        !(each.selector() instanceof BestMixture)
                            || BestMixture.enough(pool.parts(), budget, model.tokenizer()).size()
                                > 1)
                .toList(),
            List.of(),
            Contest.usual(method, model.config().blocks()),
            1,
            Optional.empty(),
            "");
    plan.requireFits();
    return plan;
  }

  /** How far the order after few blocks can be trusted with this method, by recorded runs. */
  public String foresight() {
    Optional<EarlyOrder.Recorded> recorded = Contest.foresight(method, model.config().blocks());
    String finding =
        recorded
            .map(EarlyOrder.Recorded::sentence)
            .orElse(
                "how well few blocks foretell the whole model was not recorded for "
                    + method.label());
    if (contest.keepsAll()) {
      return finding;
    }
    if (contest.rounds() == 0) {
      return "each candidate is compressed as a whole; " + finding;
    }
    return recorded.filter(EarlyOrder.Recorded::foretells).isPresent()
        ? finding
        : finding + "; --rounds 0 compresses the whole model with each candidate";
  }

  /** Returns a copy with other selectors. */
  public Adaptation proposals(List<Proposal> others) {
    return new Adaptation(
        model, purpose, pool, method, budget, others, own, contest, seed, layout, command);
  }

  /** Returns a copy with sets of the user. */
  public Adaptation own(List<Contender> sets) {
    return new Adaptation(
        model, purpose, pool, method, budget, proposals, sets, contest, seed, layout, command);
  }

  /** Returns a copy whose candidates compete in another way. */
  public Adaptation contest(Contest other) {
    return new Adaptation(
        model, purpose, pool, method, budget, proposals, own, other, seed, layout, command);
  }

  /** Returns a copy with another number of random draws. */
  public Adaptation draws(int other) {
    return contest(contest.draws(other));
  }

  /** Returns a copy with at most this many rounds before the last. */
  public Adaptation rounds(int most) {
    return contest(contest.rounds(most));
  }

  /** Returns a copy with another seed. */
  public Adaptation seed(long other) {
    return new Adaptation(
        model, purpose, pool, method, budget, proposals, own, contest, other, layout, command);
  }

  /** Returns a copy whose result is packed in this layout; empty for dense weights. */
  public Adaptation layout(Optional<PackedLayout> other) {
    return new Adaptation(
        model, purpose, pool, method, budget, proposals, own, contest, seed, other, command);
  }

  /** Returns a copy whose report names this command. */
  public Adaptation command(String other) {
    return new Adaptation(
        model, purpose, pool, method, budget, proposals, own, contest, seed, layout, other);
  }

  /**
   * Checks the method, the model and the pool before the long work.
   *
   * @return windows in the pool for each sample
   * @throws IllegalArgumentException if something does not fit; the message says what and how to
   *     mend it
   */
  int requireFits() {
    if (!method.calibrated()) {
      throw new IllegalArgumentException(
          "--recipe %s needs no calibration set, so there is nothing to choose: use tare compress."
              .formatted(method.label()));
    }
    model.requireDense();
    model.config().requireFits(budget.tokensPerSample());
    for (Target target : purpose.targets()) {
      requireWindows(target.name(), "decides", target.deciding());
      requireWindows(target.name(), "is reported", target.reporting());
      target.tests().forEach(test -> test.requireFits(model));
    }
    long enough = (long) budget.samples() * Math.max(contest.draws(), Proposal.MOST);
    return Proposal.pressure(
        pool.joined().name(),
        pool.windows(model.tokenizer(), budget, enough),
        budget,
        contest.draws());
  }

  /** One window has no error, so nothing could be told. */
  private void requireWindows(String target, String use, Perplexity text) {
    text.requireFits(model);
    if (text.tokens(model.tokenizer()).read() < 2L * text.window()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "--for %s: the text that %s has a single window of %d tokens, and a comparison needs two. Give more text, or a smaller --window.",
              target,
              use,
              text.window()));
    }
  }

  /**
   * Checks the candidates.
   *
   * @throws IllegalArgumentException if there are none besides random draws, two have one name, one
   *     is not of the budget's size or of another tokenizer, or a selector has too little to look
   *     at
   */
  void requireCandidatesFit() {
    if (proposals.isEmpty() && own.isEmpty() && contest.otherSizes().isEmpty()) {
      throw new IllegalArgumentException(
          "There is no set besides the random draws: name selectors (--try) or a set of your own (--candidate).");
    }
    Set<String> names = new HashSet<>(drawNames());
    names.add(PURPOSE);
    names.add(Measured.ORIGINAL);
    names.add(Measured.RESULT);
    contest.otherSizes().forEach(samples -> names.add(drawName(samples)));
    for (String name :
        IntStream.range(0, proposals.size() + own.size())
            .mapToObj(
                i ->
                    i < proposals.size()
                        ? proposals.get(i).name()
                        : own.get(i - proposals.size()).name())
            .toList()) {
      if (!names.add(name)) {
        throw new IllegalArgumentException(
            "Two candidates are called %s: rename the file, or name the selector once."
                .formatted(name));
      }
    }
    if (proposals.stream().anyMatch(each -> each.selector() instanceof BestMixture)) {
      BestMixture.requireFits(pool.parts(), budget, model.tokenizer());
    }
    if (proposals.stream().anyMatch(each -> each.selector() instanceof TaskGuidedSelector)) {
      purpose
          .guides()
          .forEach(guide -> guide.packed(model.tokenizer(), budget.tokensPerSample(), 1));
    }
    Predicate<String> scored = purpose.scored();
    own.forEach(each -> requireFits(each, scored));
  }

  private void requireFits(Contender each, Predicate<String> scored) {
    CalibrationSet set = each.set();
    if (!set.budget().equals(budget)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "--candidate %s has %d samples of up to %d tokens, but all candidates have %d samples of %d: give --samples %d --length %d, or a set of that size.",
              each.name(),
              set.budget().samples(),
              set.budget().tokensPerSample(),
              budget.samples(),
              budget.tokensPerSample(),
              set.budget().samples(),
              set.budget().tokensPerSample()));
    }
    int vocabulary = model.config().vocabulary();
    for (Sample sample : set.samples()) {
      int highest = Arrays.stream(sample.tokens()).max().orElse(0);
      if (highest >= vocabulary) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "--candidate %s, field input_ids: the token id %d is beyond the model's vocabulary of %d ids, so the set was made with another tokenizer. Make it for this model (tare select).",
                each.name(),
                highest,
                vocabulary));
      }
    }
    String held =
        set.samples().stream()
            .filter(sample -> scored.test(model.tokenizer().decode(sample.tokens())))
            .map(Sample::document)
            .collect(Collectors.joining(", "));
    if (!held.isEmpty()) {
      throw new IllegalArgumentException(
          "--candidate %s holds text of the purpose that decides or is reported, or a test item, in the samples of %s. Its score would flatter it: take these samples out, or give other text with --for."
              .formatted(each.name(), held));
    }
  }

  /** Names of the random draws; the first one is the control. */
  List<String> drawNames() {
    return IntStream.rangeClosed(1, contest.draws()).mapToObj(draw -> "random-" + draw).toList();
  }

  /** Name of a random draw of another size. */
  static String drawName(int samples) {
    return "random-" + samples + "-samples";
  }

  /** The tasks of the purpose whose test items are scored. */
  List<Task> tests() {
    return purpose.targets().stream().flatMap(target -> target.tests().stream()).toList();
  }

  /**
   * Identifies the plan by all settings that determine the result, in 12 hexadecimal digits. A
   * folder of this name belongs to no other plan. The kind of device, which a folder belongs to as
   * well, is no part of the plan.
   */
  public String fingerprint() {
    return Sha256.hex(settings().toString()).substring(0, 12);
  }

  /** All settings that determine the result, and the tool's version of them. */
  ObjectNode settings() {
    ObjectNode json = new ObjectMapper().createObjectNode();
    json.put("version", 4);
    json.put("model", model.path().toString());
    json.put("modelIdentity", model.identity());
    json.set("method", Methods.json(method));
    json.put("samples", budget.samples());
    json.put("tokensPerSample", budget.tokensPerSample());
    json.put("purpose", purpose.revision());
    json.put(
        "pool",
        pool.parts().stream()
            .map(part -> part.name() + " " + text(part))
            .collect(Collectors.joining("\n")));
    json.put(
        "domains",
        pool.domains().stream()
            .map(text -> text.name() + " " + text.version() + " " + text.windows())
            .collect(Collectors.joining("\n")));
    json.put(
        "tests",
        tests().stream()
            .map(test -> test.name() + " " + test.version() + " " + test.items().size())
            .collect(Collectors.joining("\n")));
    json.put(
        "proposals",
        proposals.stream()
            .map(each -> each.name() + " " + each.selector())
            .collect(Collectors.joining("\n")));
    json.put(
        "candidates",
        own.stream()
            .map(each -> each.name() + " " + each.set().fingerprint())
            .collect(Collectors.joining("\n")));
    json.put("draws", contest.draws());
    json.put(
        "otherSizes",
        contest.otherSizes().stream().map(String::valueOf).collect(Collectors.joining(" ")));
    json.put("rounds", contest.rounds());
    json.put("keepsAll", contest.keepsAll());
    json.put("seed", seed);
    json.put("format", layout.map(PackedLayout::label).orElse("dense"));
    return json;
  }

  /** Identifies a corpus as it was read: which field, in which template, and what counts. */
  private static String text(Corpus corpus) {
    try (Stream<Document> documents = corpus.documents()) {
      return Sha256.hex(documents.flatMap(each -> Stream.of(each.text(), each.marks().toString())));
    }
  }

  /**
   * Opens a run, whose steps can be looked at one by one.
   *
   * @param out made if it is missing; a stopped run goes on there
   * @throws IllegalArgumentException if the plan does not fit, or the folder is in use
   * @throws IOException if the folder cannot be written
   */
  public AdaptRun open(Path out, Device device, Progress progress) throws IOException {
    return AdaptRun.open(this, out, device, progress);
  }

  /**
   * Runs all steps: chooses the sets, compares them, writes the model and the report.
   *
   * @param out the folder of the result, made if it is missing; a stopped run goes on there
   * @throws IllegalArgumentException if the plan does not fit, or the folder is in use
   * @throws IOException if the folder cannot be written
   */
  public Adapted run(Path out, Device device, Progress progress) throws IOException {
    try (AdaptRun run = open(out, device, progress)) {
      return run.finish();
    }
  }
}
