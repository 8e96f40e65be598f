package tare.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import tare.adapt.AdaptPool;
import tare.adapt.AdaptRun;
import tare.adapt.Adaptation;
import tare.adapt.Adapted;
import tare.adapt.BestMixture;
import tare.adapt.Contender;
import tare.adapt.Contest;
import tare.adapt.Proposal;
import tare.adapt.Purpose;
import tare.adapt.Target;
import tare.compress.Method;
import tare.data.Budget;
import tare.data.CalibrationFile;
import tare.data.CalibrationSet;
import tare.data.ChatWriter;
import tare.data.CorpusFile;
import tare.data.CorpusSide;
import tare.data.Provenance;
import tare.data.RowFile;
import tare.data.fetch.ModelNames;
import tare.evaluate.benchmark.Tasks;
import tare.export.PackedLayout;
import tare.model.Checkpoint;
import tare.select.Selector;
import tare.study.ClusterEngine;
import tare.study.Selectors;

/**
 * {@code tare adapt}: compresses a model for a purpose, with the calibration set that proves best.
 */
@Command(
    name = "adapt",
    mixinStandardHelpOptions = true,
    showDefaultValues = true,
    description =
        "Compresses a model for a purpose. Several calibration sets of one size compete: random"
            + " draws, sets that selectors choose, the purpose's own text, and sets of yours. The"
            + " first blocks are compressed with each; the worse half is dropped, and so on to the"
            + " whole model. A set is taken only if it beats a random draw on text that took no"
            + " part in choosing it. The folder gets the model, the set, and a report. If the"
            + " command is killed, the same command goes on.")
final class AdaptCommand implements Callable<Integer> {

  private static final String MIXTURE = "mixture";

  /** Windows that guide selectors, for each target. */
  private static final int GUIDING = 16;

  /** A folder with more files than this is one corpus. */
  private static final int MOST_FILES = 24;

  @Option(
      names = "--model",
      required = true,
      paramLabel = "PATH|NAME",
      description = "the model to compress")
  private String model;

  @Option(
      names = "--for",
      arity = "1..*",
      required = true,
      showDefaultValue = Visibility.NEVER,
      paramLabel = "TASK|FILE[:WEIGHT]",
      description =
          "what the model is for: tasks, of which only the training side is used (list them with"
              + " tare evaluate --list), and files or folders of your own text")
  private List<String> purpose = new ArrayList<>();

  @Option(
      names = "--pool",
      arity = "1..*",
      showDefaultValue = Visibility.NEVER,
      paramLabel = "FILE",
      description =
          "the text to choose from: files, or folders of files (default: the corpora in the data"
              + " folder, without chat and the how-to articles of other languages)")
  private List<Path> pool = new ArrayList<>();

  @Option(
      names = "--candidate",
      arity = "1..*",
      showDefaultValue = Visibility.NEVER,
      paramLabel = "FILE",
      description = "calibration sets of your own (JSON Lines with input_ids), which compete too")
  private List<Path> candidates = new ArrayList<>();

  @Option(
      names = "--try",
      arity = "1..*",
      split = ",",
      showDefaultValue = Visibility.NEVER,
      paramLabel = "NAME",
      description =
          "the selectors that compete (default: acdm, gram-matching, zipcal, covercal, and mixture"
              + " if the pool has several corpora)")
  private List<String> selectors = new ArrayList<>();

  @Option(
      names = "--robust",
      description = "mixture: be near to the farthest target, and not to the mean of the targets")
  private boolean robust;

  @Option(
      names = "--samples",
      paramLabel = "N|auto",
      description =
          "samples of each set; auto takes 64 samples of 256 tokens, and lets random draws of 16"
              + " and of 256 samples compete too")
  private String samples = "32";

  @Option(
      names = "--length",
      paramLabel = "L",
      showDefaultValue = Visibility.NEVER,
      description = "tokens per sample (default: 512, with --samples auto 256)")
  private Integer length;

  @Option(
      names = "--draws",
      paramLabel = "R",
      description = "number of random draws, at least 3; more of them make smaller gains visible")
  private int draws = 5;

  @Option(
      names = "--rounds",
      paramLabel = "K",
      description =
          "rounds in which only the first blocks are compressed, at most; 0 compresses the whole"
              + " model with each candidate (default: 2; 0 for a method of which recorded runs do not"
              + " show that few blocks foretell whole models)")
  private Integer rounds;

  @Option(
      names = "--keep-all",
      description =
          "drop no candidate: score each after an eighth of the blocks, a quarter, and so on to the"
              + " whole model, and report how early the order was known")
  private boolean keepAll;

  @Option(names = "--window", paramLabel = "W", description = "tokens of a window that is scored")
  private int window = 256;

  @Option(
      names = "--windows",
      paramLabel = "K",
      description = "windows that decide, and as many that are reported, at most")
  private int windows = 16;

  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "test items of each task that are scored before and after")
  private int limit = 50;

  @Option(
      names = "--set-seed",
      paramLabel = "S",
      description = "seed of the draws and of the split of the purpose's text")
  private long seed = 1;

  @Option(
      names = "--format",
      paramLabel = "F",
      description = "format of the weights: ${COMPLETION-CANDIDATES}")
  private WeightFormat format = WeightFormat.DENSE;

  @Option(
      names = "--on",
      paramLabel = "MASTER",
      description =
          "compress and score the candidates on an Apache Spark cluster, as study run --on does;"
              + " all machines must see --out and the model under the same path")
  private String on;

  @Option(names = "--out", required = true, paramLabel = "DIR", description = "the folder to write")
  private Path out;

  @Mixin private FieldOption field;

  @Mixin private ChatOptions chats;

  @Mixin private DataOption data;

  @Mixin private DeviceOption device;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    Optional<ClusterEngine> engine =
        Optional.ofNullable(on).map(any -> ClusterEngine.onClassPath());
    Budget budget = budget();
    requireConsistent(budget.tokensPerSample());
    Method method = new MethodOptions(spec).method();
    Checkpoint checkpoint = Checkpoint.open(ModelNames.path(model, data.folder()));
    checkpoint.requireDense();
    checkpoint.config().requireFits(Math.max(budget.tokensPerSample(), window));
    Optional<PackedLayout> layout = format.layout(method, checkpoint, spec.commandLine());
    List<Contender> own = own(checkpoint);
    Adaptation plan = plan(checkpoint, method, budget);
    if (!selectors.isEmpty()) {
      plan = plan.proposals(proposals());
    }
    plan =
        plan.own(own).contest(contest(plan.contest())).seed(seed).layout(layout).command(command());
    PrintWriter print = spec.commandLine().getOut();
    plan.purpose().notes().forEach(note -> print.println("note: " + note));
    plan.pool().notes().forEach(note -> print.println("note: " + note));
    print.println("note: " + plan.foresight());
    print.flush();
    Adapted adapted;
    try (BarProgress progress = new BarProgress();
        AdaptRun run = plan.open(out, device.device(), progress)) {
      engine.ifPresent(cluster -> run.on(cluster, on, device.name()));
      adapted = run.finish();
    }
    adapted.sentences().forEach(print::println);
    print.printf(
        Locale.ROOT,
        "%s: the model; %s: its calibration set; %s: the report; %.0f s%n",
        out.resolve("model"),
        out.resolve("calibration.jsonl"),
        out.resolve("report.html"),
        adapted.cost().seconds());
    return 0;
  }

  private boolean isAuto() {
    return samples.equals("auto");
  }

  private Budget budget() {
    int tokens =
        Objects.requireNonNullElse(length, isAuto() ? Adaptation.ROBUST.tokensPerSample() : 512);
    if (isAuto()) {
      return new Budget(Adaptation.ROBUST.samples(), tokens);
    }
    try {
      return new Budget(Integer.parseInt(samples), tokens);
    } catch (NumberFormatException e) {
      throw new ParameterException(
          spec.commandLine(), "--samples is a number or auto; got '" + samples + "'.", e);
    }
  }

  private Contest contest(Contest usual) {
    Contest contest = usual.draws(draws).rounds(Objects.requireNonNullElse(rounds, usual.rounds()));
    if (isAuto()) {
      contest = contest.otherSizes(Adaptation.OTHER_SIZES);
    }
    return keepAll ? contest.keepingAll() : contest;
  }

  private void requireConsistent(int length) {
    if (window > length) {
      throw new ParameterException(
          spec.commandLine(),
          String.format(
              Locale.ROOT,
              "--window %d is longer than --length %d: windows that are scored must not be longer than samples.",
              window,
              length));
    }
    if (limit < 1) {
      throw new ParameterException(
          spec.commandLine(), "--limit must be 1 or more; got " + limit + ".");
    }
    if (keepAll && spec.commandLine().getParseResult().hasMatchedOption("--rounds")) {
      throw new ParameterException(
          spec.commandLine(),
          "--keep-all drops no candidate in any round, so --rounds does not apply: leave one out.");
    }
    if (robust && !selectors.isEmpty() && !selectors.contains(MIXTURE)) {
      throw new ParameterException(
          spec.commandLine(),
          "--robust is an option of mixture, which --try does not name: leave it out.");
    }
  }

  private Adaptation plan(Checkpoint checkpoint, Method method, Budget budget) throws IOException {
    ChatWriter writer = ChatOptions.writer(chats.of(checkpoint));
    PrintWriter print = spec.commandLine().getOut();
    List<CorpusFile> read = new ArrayList<>();
    Target.Sizes sizes =
        new Target.Sizes(window, windows, GUIDING * Math.max(budget.tokensPerSample(), window));
    Purpose targets =
        Purpose.of(
            purpose,
            new Tasks(data.folder().resolve("fetched")),
            limit,
            file -> {
              CorpusFile text = field.read(file, CorpusSide.ALL, writer, print);
              read.add(text);
              return text;
            },
            checkpoint.tokenizer(),
            sizes,
            seed);
    List<CorpusFile> train = new ArrayList<>();
    List<CorpusFile> heldBack = new ArrayList<>();
    for (Path file : poolFiles()) {
      CorpusFile text = field.read(file, CorpusSide.TRAIN, writer, print);
      train.add(text);
      try {
        heldBack.add(CorpusFile.read(file, CorpusSide.HELD_BACK, text.field(), writer));
      } catch (IllegalArgumentException e) {
        print.println("note: %s has no held-back text: %s".formatted(text.name(), e.getMessage()));
      }
    }
    read.addAll(train);
    chats.requireUsed(read);
    AdaptPool clean =
        AdaptPool.of(
            targets, train, heldBack, checkpoint.tokenizer(), window, Math.max(2, windows / 4));
    Adaptation plan = Adaptation.plan(checkpoint, targets, clean, method, budget);
    return robust
        ? plan.proposals(
            plan.proposals().stream()
                .map(
                    each ->
                        each.selector() instanceof BestMixture
                            ? new Proposal(new BestMixture(List.of(), true))
                            : each)
                .toList())
        : plan;
  }

  private List<Proposal> proposals() {
    Set<String> known = new LinkedHashSet<>(Selectors.names());
    known.add(MIXTURE);
    List<Proposal> proposals = new ArrayList<>();
    for (String name : selectors) {
      if (!known.contains(name)) {
        throw new ParameterException(
            spec.commandLine(),
            "--try %s: no selector is called that. Known: %s."
                .formatted(name, String.join(", ", known)));
      }
      Selector selector =
          name.equals(MIXTURE) ? new BestMixture(List.of(), robust) : Selectors.named(name);
      proposals.add(new Proposal(name, selector));
    }
    return proposals;
  }

  /** The sets of the user, which must have been made for this model. */
  private List<Contender> own(Checkpoint checkpoint) throws IOException {
    List<Contender> own = new ArrayList<>();
    for (Path file : candidates) {
      CalibrationSet set = CalibrationFile.read(file);
      List<String> doubts =
          CalibrationFile.doubts(file, set, checkpoint.revision(), checkpoint.tokenizer()::decode);
      if (!doubts.isEmpty()) {
        throw new IllegalArgumentException(
            "--candidate %s Make the set for this model (tare select), or leave it out."
                .formatted(String.join(" ", doubts)));
      }
      String name = file.getFileName().toString().replaceFirst("\\..*", "");
      own.add(new Contender(name, false, set, List.of(), 0));
    }
    return own;
  }

  private List<Path> poolFiles() throws IOException {
    List<Path> files = new ArrayList<>();
    for (Path file : pool) {
      files.addAll(Files.isDirectory(file) ? parts(file) : List.of(file));
    }
    return pool.isEmpty() ? AuditCommand.corpora(data.folder(), "--pool") : files;
  }

  /**
   * The files of a folder, each a corpus of its own, if they are few and there is nothing else. A
   * folder of another kind is one corpus, whose remarks name what is passed over.
   */
  private static List<Path> parts(Path folder) throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      List<Path> files =
          all.filter(file -> !file.getFileName().toString().startsWith(".")).sorted().toList();
      boolean isFlat = files.stream().allMatch(AdaptCommand::isText);
      return files.isEmpty() || files.size() > MOST_FILES || !isFlat ? List.of(folder) : files;
    }
  }

  private static boolean isText(Path file) {
    return Files.isRegularFile(file)
        && RowFile.isKnown(file)
        && !file.toString().endsWith(Provenance.ENDING)
        && !Files.exists(Provenance.beside(file));
  }

  /** The command, as it can be typed again. */
  private String command() {
    return "tare adapt "
        + spec.commandLine().getParseResult().originalArgs().stream()
            .dropWhile(word -> word.equals(spec.name()))
            .map(
                word ->
                    word.matches("[\\w./:=,+-]+") ? word : "'" + word.replace("'", "'\\''") + "'")
            .collect(Collectors.joining(" "));
  }
}
