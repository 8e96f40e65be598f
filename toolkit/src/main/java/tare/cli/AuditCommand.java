package tare.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tare.audit.Audit;
import tare.compress.Gptq;
import tare.data.Budget;
import tare.data.CalibrationSet;
import tare.data.ChatWriter;
import tare.data.Corpus;
import tare.data.CorpusFile;
import tare.data.CorpusSide;
import tare.data.JoinedCorpus;
import tare.data.Provenance;
import tare.data.fetch.ModelNames;
import tare.evaluate.benchmark.Tasks;
import tare.model.Checkpoint;
import tare.model.DecoderModel;
import tare.model.Precision;
import tare.select.ActivationCache;
import tare.select.Surroundings;
import tare.select.UniformDraw;
import tare.select.acdm.References;
import tare.study.ReferenceTasks;

/** {@code tare audit}: judges a calibration file for a model and tasks. */
@Command(
    name = "audit",
    mixinStandardHelpOptions = true,
    showDefaultValues = true,
    description =
        "Judges whether your calibration text suits a model and tasks. It compares the"
            + " text with random draws of the same size from other text, and with a set that"
            + " ACDM chooses from that other text. The measures are GPTQ's error in three"
            + " blocks, the distance to the tasks' activations, the covered outlier channels,"
            + " and diversity. Only the tasks' training side is used.")
final class AuditCommand implements Callable<Integer> {

  @Parameters(
      arity = "1..*",
      showDefaultValue = Visibility.NEVER,
      paramLabel = "FILE",
      description =
          "your calibration text: rows of text or conversations (JSON Lines, JSON, CSV, TSV, Parquet; also .gz and"
              + " .zst), plain text, or a folder of such files")
  private List<Path> files = new ArrayList<>();

  @Option(
      names = "--model",
      required = true,
      paramLabel = "PATH|NAME",
      description = "the model that will be compressed")
  private String model;

  @Option(
      names = "--references",
      arity = "1..*",
      showDefaultValue = Visibility.NEVER,
      required = true,
      paramLabel = "TASK",
      description = "the tasks that matter (list them with tare evaluate --list)")
  private List<String> references = new ArrayList<>();

  @Option(
      names = "--against",
      arity = "1..*",
      showDefaultValue = Visibility.NEVER,
      paramLabel = "FILE",
      description =
          "other text to compare with (default: the corpora in the data folder, without chat and"
              + " the how-to articles of other languages)")
  private List<Path> against = new ArrayList<>();

  @Option(names = "--samples", paramLabel = "N", description = "number of samples in each set")
  private int samples = 16;

  @Option(names = "--length", paramLabel = "L", description = "tokens per sample")
  private int length = 256;

  @Option(names = "--draws", paramLabel = "R", description = "number of random draws, at least 3")
  private int draws = 5;

  @Option(names = "--bits", paramLabel = "B", description = "bits of the GPTQ measure")
  private int bits = 3;

  @Option(names = "--group", paramLabel = "G", description = "group size of the GPTQ measure")
  private int groupSize = 64;

  @Option(names = "--seed", paramLabel = "S", description = "seed of the draws")
  private long seed = 0;

  @Mixin private FieldOption field;

  @Mixin private ChatOptions chats;

  @Mixin private DataOption data;

  @Mixin private DeviceOption device;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    Checkpoint checkpoint = Checkpoint.open(ModelNames.path(model, data.folder()));
    checkpoint.config().requireFits(length);
    ChatWriter writer = ChatOptions.writer(chats.of(checkpoint));
    List<CorpusFile> read = read(files, CorpusSide.ALL, writer);
    chats.requireUsed(read);
    Corpus yours = new JoinedCorpus(List.copyOf(read));
    Corpus others =
        new JoinedCorpus(
            List.copyOf(
                read(
                    against.isEmpty() ? corpora(data.folder(), "--against") : against,
                    CorpusSide.TRAIN,
                    writer)));
    Audit audit = new Audit(references(), new Gptq(bits, groupSize), draws);
    PrintWriter out = spec.commandLine().getOut();
    for (Path file : files) {
      Provenance.doubts(file, checkpoint.revision())
          .forEach(doubt -> out.println("note: " + doubt));
    }
    out.flush();
    try (BarProgress progress = new BarProgress();
        DecoderModel loaded = DecoderModel.load(checkpoint, device.device(), Precision.F32)) {
      ActivationCache cache =
          ActivationCache.in(data.folder().resolve("runs/activations"), checkpoint, progress);
      CalibrationSet set =
          new UniformDraw()
              .select(
                  yours,
                  new Budget(samples, length),
                  new Surroundings(
                      checkpoint.tokenizer(), () -> loaded, new SplittableRandom(seed)));
      Audit.Finding finding = audit.of(set, others, loaded, cache, seed);
      progress.finish();
      print(finding, out);
    }
    return 0;
  }

  private static void print(Audit.Finding finding, PrintWriter out) {
    out.printf(
        "%-10s %12s %9s %9s %10s %11s%n",
        "set", "layer error", "distance", "coverage", "diversity", "vocabulary");
    for (Audit.Line line : finding.lines()) {
      out.printf(
          Locale.ROOT,
          "%-10s %12.4f %9.3f %9.3f %10.3f %11.3f%n",
          line.name(),
          line.layerError(),
          line.distance(),
          line.coverage(),
          line.diversity(),
          line.vocabulary());
    }
    out.println("Yours: " + finding.samples().summary());
    finding.samples().remarks().forEach(out::println);
    out.println(finding.verdict());
    out.println("What recorded trials foretell of perplexity on such text:");
    finding.foretold().forEach(line -> out.println("  " + line));
  }

  private List<CorpusFile> read(List<Path> files, CorpusSide side, ChatWriter writer)
      throws IOException {
    List<CorpusFile> parts = new ArrayList<>();
    for (Path file : files) {
      parts.add(field.read(file, side, writer, spec.commandLine().getOut()));
    }
    return parts;
  }

  /**
   * The corpora in the data folder, without those that repeat another one.
   *
   * @param option the option that names other files, for the message
   */
  static List<Path> corpora(Path data, String option) throws IOException {
    Path folder = data.resolve("fetched/corpora");
    if (!Files.isDirectory(folder)) {
      throw new IOException(
          "There are no corpora in "
              + folder
              + ": give "
              + option
              + " FILE, or fetch them: tare fetch.");
    }
    try (Stream<Path> all = Files.list(folder)) {
      return all.filter(file -> file.toString().endsWith(".jsonl") && !isCounterpart(file))
          .sorted()
          .toList();
    }
  }

  /** Whether a corpus repeats another one: as messages, or in another language. */
  private static boolean isCounterpart(Path file) {
    return file.getFileName().toString().matches("chat\\.jsonl|how-to-\\w\\w\\.jsonl");
  }

  private References references() {
    Tasks tasks = new Tasks(data.folder().resolve("fetched"));
    return new References(ReferenceTasks.of(tasks, references));
  }
}
