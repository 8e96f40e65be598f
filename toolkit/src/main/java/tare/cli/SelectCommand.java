package tare.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;
import tare.data.Budget;
import tare.data.CalibrationFile;
import tare.data.CalibrationSet;
import tare.data.Corpus;
import tare.data.CorpusFile;
import tare.data.JoinedCorpus;
import tare.data.ModelNames;
import tare.data.Side;
import tare.model.Checkpoint;
import tare.model.DecoderModel;
import tare.model.Precision;
import tare.select.ModelOnDemand;
import tare.select.Selector;
import tare.select.Surroundings;
import tare.select.UniformDraw;

/** {@code tare select}: a calibration set, chosen and written to a file. */
@Command(
    name = "select",
    mixinStandardHelpOptions = true,
    showDefaultValues = true,
    description = {
      "Chooses calibration samples from text files and writes them as JSON Lines",
      "(text, tokens, document, source), which other quantizers read too."
    })
final class SelectCommand implements Callable<Integer> {

  @Option(names = "--selector", paramLabel = "NAME", description = "how to choose: uniform")
  private String selector = "uniform";

  @Option(names = "--set", paramLabel = "K", description = "which of the disjoint sets, from 0")
  private int set = 0;

  @Option(
      names = "--pool",
      arity = "1..*",
      required = true,
      paramLabel = "FILE",
      description = "the corpora: .jsonl with a field text in each line, or .txt; one pool in all")
  private List<Path> pool = new ArrayList<>();

  @Option(
      names = "--side",
      converter = SideConverter.class,
      description = "which documents: train, held-back (about one in ten) or all")
  private Side side = Side.TRAIN;

  @Option(
      names = "--model",
      required = true,
      paramLabel = "PATH|NAME",
      description = "the model whose tokens are counted")
  private String model;

  @Option(names = "--samples", paramLabel = "N", description = "number of samples")
  private int samples = 128;

  @Option(names = "--length", paramLabel = "L", description = "tokens in a sample")
  private int length = 512;

  @Option(names = "--seed", paramLabel = "S", description = "seed of the random numbers")
  private long seed = 0;

  @Option(names = "--out", required = true, paramLabel = "FILE", description = "file to write")
  private Path out;

  @Option(names = "--data", paramLabel = "DIR", description = "the data folder")
  private Path data = Path.of("data");

  @Mixin private DeviceOption device;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    Selector chooser = chooser();
    Budget budget = new Budget(samples, length);
    List<Corpus> parts = new ArrayList<>();
    for (Path file : pool) {
      parts.add(CorpusFile.read(file, side));
    }
    Checkpoint checkpoint = Checkpoint.open(ModelNames.path(model, data));
    checkpoint.config().requireFits(length);
    CalibrationSet chosen;
    try (ModelOnDemand whole =
        new ModelOnDemand(() -> DecoderModel.load(checkpoint, device.device(), Precision.F32))) {
      chosen =
          chooser.select(
              new JoinedCorpus(parts),
              budget,
              new Surroundings(checkpoint.tokenizer(), whole, new SplittableRandom(seed)));
    }
    CalibrationFile.write(out, chosen);
    spec.commandLine()
        .getOut()
        .printf(
            "%s: %d samples of %d tokens by %s, fingerprint %s%n",
            out, samples, length, chosen.selector(), chosen.fingerprint());
    return 0;
  }

  private Selector chooser() {
    return switch (selector.toLowerCase(Locale.ROOT)) {
      case "uniform" -> new UniformDraw(set);
      default ->
          throw new IllegalArgumentException(
              "No selector is called '" + selector + "'. Known: uniform.");
    };
  }

  /** {@code held-back} for HELD_BACK. */
  static final class SideConverter implements ITypeConverter<Side> {
    @Override
    public Side convert(String value) {
      try {
        return Side.valueOf(value.toUpperCase(Locale.ROOT).replace('-', '_'));
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException("'" + value + "' is not train, held-back or all.");
      }
    }
  }
}
