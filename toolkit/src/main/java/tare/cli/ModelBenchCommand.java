package tare.cli;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tare.calibrate.BlockByBlock;
import tare.calibrate.CompressedModel;
import tare.compress.Gptq;
import tare.compress.Recipe;
import tare.data.Budget;
import tare.data.CalibrationSet;
import tare.data.ChatWriter;
import tare.data.CorpusSide;
import tare.data.Document;
import tare.data.Progress;
import tare.data.Sample;
import tare.data.fetch.ModelNames;
import tare.evaluate.Divergence;
import tare.evaluate.Original;
import tare.evaluate.Outcome;
import tare.evaluate.Perplexity;
import tare.evaluate.Score;
import tare.evaluate.Scorer;
import tare.model.Checkpoint;
import tare.model.DecoderModel;
import tare.model.Positions;
import tare.model.Precision;
import tare.study.PeakMemory;

/** {@code tare bench model}: measures how fast this machine runs and compresses a model. */
@Command(
    name = "model",
    mixinStandardHelpOptions = true,
    showDefaultValues = true,
    description =
        "Measures GPTQ on the whole model (with --calibration), then the forward pass in"
            + " each precision. Run nothing else meanwhile. The scripts in toolkit/bench take"
            + " the same measurements of other tools.")
final class ModelBenchCommand implements Callable<Integer> {

  /** Upper bound for the average over a text; English has about 4. */
  private static final int MOST_CHARACTERS_OF_A_TOKEN = 16;

  @Option(names = "--model", paramLabel = "PATH|NAME", description = "the model")
  private String model = "smollm2-135m";

  @Option(
      names = "--text",
      required = true,
      paramLabel = "FILE",
      description = "text for the forward pass")
  private Path text;

  @Option(names = "--window", paramLabel = "N", description = "tokens per window")
  private int window = 512;

  @Option(names = "--windows", paramLabel = "K", description = "number of windows of the text")
  private int windows = 8;

  @Option(
      names = "--batch",
      paramLabel = "B",
      description = "number of windows that run at once without logits")
  private int batch = 4;

  @Option(
      names = "--precision",
      split = ",",
      paramLabel = "P",
      description = "f32, bf16, f16 or auto")
  private List<String> precisions = List.of("f32", "bf16");

  @Option(
      names = "--calibration",
      paramLabel = "FILE",
      description = "JSON Lines with calibration text for GPTQ")
  private Path calibration;

  @Option(
      names = "--calibration-precision",
      paramLabel = "P",
      description =
          "number format in which the samples of GPTQ run through the model: f32, bf16, f16."
              + " Weights and sums are float32 with each")
  private String calibrationPrecision = "f32";

  @Option(
      names = "--samples",
      paramLabel = "N",
      description = "number of calibration samples, from the start of the text")
  private int samples = 16;

  @Option(names = "--length", paramLabel = "L", description = "tokens per sample")
  private int length = 512;

  @Option(names = "--bits", description = "bits of GPTQ")
  private int bits = 3;

  @Option(names = "--group", description = "group size of GPTQ")
  private int group = 64;

  @Mixin private FieldOption field;

  @Mixin private DataOption data;

  @Mixin private DeviceOption device;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    PrintWriter print = spec.commandLine().getOut();
    Device device = this.device.device();
    Checkpoint checkpoint = Checkpoint.open(ModelNames.path(model, data.folder()));
    String read = beginning(field.text(text, print));
    if (calibration != null) {
      gptq(checkpoint, device, read, print);
    }
    for (String precision : precisions) {
      try (DecoderModel loaded =
          DecoderModel.load(checkpoint, device, Precision.named(precision))) {
        print.println(forward(loaded, read));
        print.flush();
      }
    }
    return 0;
  }

  /**
   * The beginning of the text that the windows need, so that no time is spent on tokenizing the
   * rest.
   */
  private String beginning(String read) {
    long characters = (long) MOST_CHARACTERS_OF_A_TOKEN * window * windows;
    return read.substring(0, (int) Math.min(read.length(), characters));
  }

  /** Tokens per second without and with logits, after one warm-up run. */
  private String forward(DecoderModel loaded, String read) {
    int[] tokens = loaded.checkpoint().tokenizer().encode(read);
    body(loaded, tokens);
    long start = System.nanoTime();
    body(loaded, tokens);
    double body = (System.nanoTime() - start) / 1e9;
    start = System.nanoTime();
    double perplexity = perplexity(new Scorer(loaded), read);
    double scored = (System.nanoTime() - start) / 1e9;
    double count = (double) window * windows;
    return String.format(
        Locale.ROOT,
        "%s body %.0f tokens/s, with logits %.0f tokens/s, perplexity %.4f",
        loaded.precision().label(),
        count / body,
        count / scored,
        perplexity);
  }

  private void body(DecoderModel loaded, int[] tokens) {
    for (int w = 0; w < windows; w += batch) {
      int[][] rows = new int[Math.min(batch, windows - w)][];
      for (int row = 0; row < rows.length; row++) {
        rows[row] = Arrays.copyOfRange(tokens, (w + row) * window, (w + row + 1) * window);
      }
      try (NDManager scope = loaded.manager().newSubManager()) {
        Positions positions = Positions.causal(window, loaded.checkpoint().config(), scope);
        NDArray one = loaded.hidden(rows, positions, scope).get(new NDIndex("0, 0, 0"));
        one.toType(DataType.FLOAT32, false).getFloat(); // waits until a GPU has finished
      }
    }
  }

  private double perplexity(Scorer scorer, String read) {
    List<Score> scores = scorer.windows(read, window, windows);
    double nats = scores.stream().mapToDouble(score -> -score.logLikelihood()).sum();
    return Math.exp(nats / scores.stream().mapToInt(Score::tokens).sum());
  }

  private void gptq(Checkpoint checkpoint, Device device, String read, PrintWriter print)
      throws IOException {
    String joined =
        field
            .read(calibration, CorpusSide.ALL, ChatWriter.REFUSED, print)
            .documents()
            .map(Document::text)
            .collect(Collectors.joining("\n\n"));
    int[] tokens = checkpoint.tokenizer().encode(joined);
    if (tokens.length < samples * length) {
      throw new IllegalArgumentException(
          calibration
              + " has "
              + tokens.length
              + " tokens, too few for "
              + samples
              + " samples of "
              + length
              + " tokens");
    }
    List<Sample> first = new ArrayList<>();
    for (int i = 0; i < samples; i++) {
      first.add(new Sample("", "", "", Arrays.copyOfRange(tokens, i * length, (i + 1) * length)));
    }
    CalibrationSet set = new CalibrationSet("first", new Budget(samples, length), first);
    Recipe recipe = new Recipe("gptq", new Gptq(bits, group));
    long start = System.nanoTime();
    CompressedModel compressed =
        new BlockByBlock(Precision.named(calibrationPrecision))
            .compress(checkpoint, set, recipe, device, Progress.NONE);
    double seconds = (System.nanoTime() - start) / 1e9;
    Long peak = PeakMemory.mib();
    print.printf(
        Locale.ROOT,
        "gptq %d bits, group %d, %d x %d: %.1f s, peak %s MiB%n",
        bits,
        group,
        samples,
        length,
        seconds,
        peak);
    print.flush();
    Divergence divergence = new Divergence(new Perplexity("text", "-", read, window, windows));
    try (Original original =
        new Original(
            checkpoint, device, Precision.F32, data.folder().resolve("runs/last-hidden"))) {
      divergence.keep(original);
      try (DecoderModel loaded =
          DecoderModel.load(compressed.checkpoint(), device, Precision.F32)) {
        Scorer scorer = new Scorer(loaded).against(original);
        double kl =
            divergence.run(scorer).stream()
                .filter(outcome -> outcome.metric().equals("kl"))
                .mapToDouble(Outcome::value)
                .average()
                .orElseThrow();
        print.printf(Locale.ROOT, "gptq: kl %.6f, perplexity %.4f%n", kl, perplexity(scorer, read));
        print.flush();
      }
    }
  }
}
