package tare.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;
import tare.audit.Explain;
import tare.calibrate.InputSquares;
import tare.chat.ChatText;
import tare.data.Budget;
import tare.data.CalibrationFile;
import tare.data.CalibrationSet;
import tare.data.Corpus;
import tare.data.CorpusSide;
import tare.data.Provenance;
import tare.data.fetch.ModelNames;
import tare.evaluate.benchmark.Tasks;
import tare.export.Imatrix;
import tare.model.Checkpoint;
import tare.model.DecoderModel;
import tare.model.Precision;
import tare.select.ActivationCache;
import tare.select.CacheTally;
import tare.select.ModelOnDemand;
import tare.select.Pick;
import tare.select.Selection;
import tare.select.Selector;
import tare.select.Surroundings;
import tare.select.TaskGuidedSelector;
import tare.select.TaskReference;
import tare.select.activation.OutlierCoverage;
import tare.study.ReferenceTasks;

/** {@code tare select}: chooses a calibration set and writes it to a file. */
@Command(
    name = "select",
    modelTransformer = SelectorOptions.class,
    mixinStandardHelpOptions = true,
    showDefaultValues = true,
    description =
        "Chooses calibration samples from text files and writes them as JSON Lines (text,"
            + " input_ids, document, source), which other quantizers read too. The file"
            + " NAME.provenance.json beside them records where they come from.")
final class SelectCommand implements Callable<Integer> {

  private static final String SAMPLE = "sample";

  /** Endings by which a reader takes a file for something else than JSON Lines. */
  private static final Pattern OTHER_FORM =
      Pattern.compile("\\.(parquet|csv|tsv|gz|zst)$", Pattern.CASE_INSENSITIVE);

  @Option(
      names = "--set",
      paramLabel = "K",
      description = "which of the disjoint sets or pools, from 0")
  private int set = 0;

  @Option(
      names = "--pool",
      arity = "1..*",
      required = true,
      showDefaultValue = Visibility.NEVER,
      paramLabel = "FILE[:SHARE]",
      description =
          "the corpora: rows of text or conversations (JSON Lines, JSON, CSV, TSV, Parquet; also"
              + " .gz and .zst), plain text, or a folder of such files. All of them form one pool;"
              + " with shares that add up to 1, such as news.jsonl:0.7 code.jsonl:0.3, each gives"
              + " its share of the samples")
  private List<String> pool = new ArrayList<>();

  @Option(
      names = "--side",
      converter = SideConverter.class,
      defaultValue = "train",
      description = "which documents: train, held-back (about one in ten) or all")
  private CorpusSide side;

  @Option(
      names = "--model",
      required = true,
      paramLabel = "PATH|NAME",
      description = "the model that will be compressed")
  private String model;

  @Option(names = "--samples", paramLabel = "N", description = "number of samples")
  private int samples = 128;

  @Option(names = "--length", paramLabel = "L", description = "tokens per sample")
  private int length = 512;

  @Option(names = "--seed", paramLabel = "S", description = "seed of the random numbers")
  private long seed = 0;

  @Option(
      names = "--vote",
      converter = VoteConverter.class,
      defaultValue = "token",
      paramLabel = "token|sample",
      description =
          "what has one vote: each token that counts, or each sample. With sample, the weights of a"
              + " sample's tokens sum to 1, so that conversations of which more tokens count do not"
              + " outweigh the others")
  private String vote;

  @Option(names = "--out", required = true, paramLabel = "FILE", description = "file to write")
  private Path out;

  @Option(
      names = "--format",
      converter = FormConverter.class,
      defaultValue = "whole",
      paramLabel = "FORM",
      description = "content of a line: whole, text only, or input-ids only")
  private CalibrationFile.Form form;

  @Option(
      names = "--imatrix",
      paramLabel = "FILE",
      description =
          "also run the chosen set through the model and write llama.cpp's importance matrix"
              + " (GGUF), for llama-quantize --imatrix")
  private Path imatrix;

  @Option(
      names = "--explain",
      description =
          "print why each sample was chosen, what is unusual about it, and which outlier"
              + " channels the set fires (this runs 128 windows of the pool through the model)")
  private boolean explain;

  @Mixin private FieldOption field;

  @Mixin private ChatOptions chats;

  @Mixin private DataOption data;

  @Mixin private DeviceOption device;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    Selector selector = SelectorOptions.selector(spec.commandLine().getParseResult());
    requireReferences(selector);
    Budget budget = new Budget(samples, length);
    PrintWriter print = spec.commandLine().getOut();
    if (form == CalibrationFile.Form.TEXT && (chats.countsSome() || isOneVoteEach())) {
      throw new IllegalArgumentException(
          "--format text cannot say how much a token counts, as --count and --vote ask for: write"
              + " whole or input-ids.");
    }
    Path original = ModelNames.path(model, data.folder());
    requireOutputs(original);
    Checkpoint checkpoint = Checkpoint.open(original);
    checkpoint.config().requireFits(length);
    if (imatrix != null) {
      Imatrix.require(checkpoint.config());
    }
    Optional<ChatText> chat = chats.of(checkpoint);
    PoolParts parts =
        PoolParts.read(pool, part -> field.read(part, side, ChatOptions.writer(chat), print));
    chats.requireUsed(parts.corpora());
    Chosen chosen = selectAndWrite(selector, checkpoint, parts, chat, budget);
    Selection selection = chosen.selection();
    if (explain) {
      explain(selection, print);
      chosen.explained().ifPresent(explained -> remarks(explained, print));
    }
    selection.notes().forEach(note -> print.println("note: " + note));
    if (parts.hasConversations()) {
      print.println(ChatOptions.shares(out.toString(), selection.set()));
    }
    print.printf(
        Locale.ROOT,
        "%s: %d samples of %d tokens by %s, fingerprint %s%n",
        out,
        samples,
        length,
        selection.set().selector(),
        selection.set().fingerprint());
    if (imatrix != null) {
      writeImatrix(checkpoint, selection.set(), print);
    }
    return 0;
  }

  /** Refuses files that cannot be written, are read back wrongly, or overwrite what is read. */
  private void requireOutputs(Path original) throws IOException {
    if (OTHER_FORM.matcher(out.toString()).find()) {
      throw new IllegalArgumentException(
          "--out %s: a set is written as JSON Lines, and this ending is that of another form. Name the file SET.jsonl."
              .formatted(out));
    }
    List<OutputFile> written = new ArrayList<>(List.of(new OutputFile("--out", out)));
    if (imatrix != null) {
      OutputFile matrix = new OutputFile("--imatrix", imatrix);
      matrix.requireNot(out, "--out");
      written.add(matrix);
    }
    for (OutputFile each : written) {
      each.requireWritable();
      each.requireNot(original, "--model");
      for (Path part : PoolParts.files(pool)) {
        each.requireNoTextOf(part, "--pool");
      }
    }
  }

  private boolean isOneVoteEach() {
    return vote.equals(SAMPLE);
  }

  private void writeImatrix(Checkpoint checkpoint, CalibrationSet chosen, PrintWriter print)
      throws IOException {
    InputSquares squares;
    try (BarProgress progress = new BarProgress()) {
      squares = InputSquares.of(checkpoint, chosen, device.device(), progress);
    }
    Imatrix.write(
        imatrix,
        checkpoint.config(),
        squares,
        List.of(out.toString()),
        chosen.samples().size(),
        length);
    print.printf(
        Locale.ROOT, "%s: importance matrix of %d linear layers%n", imatrix, squares.sums().size());
  }

  /** A set, and a description if the user asked to explain it. */
  private record Chosen(Selection selection, Optional<Explain> explained) {}

  /** Writes the set before it is explained, so that it stays if the explanation fails. */
  private Chosen selectAndWrite(
      Selector selector,
      Checkpoint checkpoint,
      PoolParts parts,
      Optional<ChatText> chat,
      Budget budget)
      throws IOException {
    Corpus corpus = parts.corpus();
    try (BarProgress progress = new BarProgress();
        ModelOnDemand whole =
            new ModelOnDemand(
                () -> DecoderModel.load(checkpoint, device.device(), Precision.F32))) {
      CacheTally tally = new CacheTally();
      ActivationCache cache =
          ActivationCache.in(data.folder().resolve("runs/activations"), checkpoint, progress);
      Surroundings given =
          new Surroundings(
                  checkpoint.tokenizer(), whole, new SplittableRandom(seed), cache.with(tally))
              .set(set)
              .references(ReferenceTasks.reading(new Tasks(data.folder().resolve("fetched"))));
      long start = System.nanoTime();
      Selection chosen = Selection.by(selector, corpus, budget, given);
      double seconds = (System.nanoTime() - start) / 1e9;
      List<String> notes = new ArrayList<>(chosen.notes());
      tally.note().ifPresent(notes::add);
      CalibrationSet voting = isOneVoteEach() ? chosen.set().oneVoteEach() : chosen.set();
      Selection noted = new Selection(voting, chosen.picks(), notes);
      CalibrationFile.write(out, noted.set(), form);
      provenance(selector, checkpoint, parts, chat, noted, seconds).write(out);
      return new Chosen(
          noted, explain ? explained(noted, corpus, budget, given) : Optional.empty());
    }
  }

  private static Optional<Explain> explained(
      Selection selection, Corpus corpus, Budget budget, Surroundings given) {
    try (OutlierCoverage outliers = OutlierCoverage.of(corpus, budget, given)) {
      return Optional.of(Explain.of(selection.set(), outliers));
    }
  }

  private static void remarks(Explain explained, PrintWriter print) {
    print.println(explained.summary());
    explained.remarks().forEach(print::println);
  }

  private static void requireReferences(Selector selector) {
    if (selector instanceof TaskGuidedSelector guided && guided.tasks().isEmpty()) {
      throw new IllegalArgumentException(
          selector.label()
              + " needs --references TASK...: the tasks that the calibration set should resemble"
              + " (list them with tare evaluate --list).");
    }
  }

  private Provenance provenance(
      Selector selector,
      Checkpoint checkpoint,
      PoolParts parts,
      Optional<ChatText> chat,
      Selection selection,
      double seconds) {
    return new Provenance(
        selection.set().selector(),
        seed,
        selection.set().fingerprint(),
        samples,
        length,
        model,
        checkpoint.revision(),
        parts.sources(),
        selector instanceof TaskGuidedSelector guided
            ? guided.tasks().stream().map(TaskReference::task).toList()
            : List.of(),
        new Tare.Version().getVersion()[0],
        seconds,
        selection.notes(),
        parts.hasConversations() ? chat.orElseThrow().provenance(selection.set(), vote) : null,
        selection.picks().stream()
            .map(
                pick ->
                    new Provenance.Chosen(
                        pick.document(),
                        pick.source(),
                        pick.reason(),
                        Double.isNaN(pick.score()) ? null : pick.score()))
            .toList());
  }

  private static void explain(Selection selection, PrintWriter print) {
    for (Pick pick : selection.picks()) {
      String text = selection.set().samples().get(pick.rank()).text().replaceAll("\\s+", " ");
      print.printf(
          Locale.ROOT,
          "%4d  %-14s %-24s %9.4f  %-28s %.60s%n",
          pick.rank(),
          pick.source(),
          pick.document(),
          pick.score(),
          pick.reason(),
          text);
    }
    if (selection.picks().isEmpty()) {
      print.println("This selector gives no reasons for its samples.");
    }
  }

  /** Reads {@code held-back} as HELD_BACK. */
  static final class SideConverter implements ITypeConverter<CorpusSide> {
    @Override
    public CorpusSide convert(String value) {
      try {
        return CorpusSide.valueOf(value.toUpperCase(Locale.ROOT).replace('-', '_'));
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException("'" + value + "' is not train, held-back or all.");
      }
    }
  }

  /** Reads {@code token} and {@code sample}. */
  static final class VoteConverter implements ITypeConverter<String> {
    @Override
    public String convert(String value) {
      if (!value.equals("token") && !value.equals(SAMPLE)) {
        throw new TypeConversionException("'" + value + "' is not token or sample.");
      }
      return value;
    }
  }

  /** Reads {@code input-ids} as INPUT_IDS. */
  static final class FormConverter implements ITypeConverter<CalibrationFile.Form> {
    @Override
    public CalibrationFile.Form convert(String value) {
      try {
        return CalibrationFile.Form.valueOf(value.toUpperCase(Locale.ROOT).replace('-', '_'));
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException("'" + value + "' is not whole, text or input-ids.");
      }
    }
  }
}
