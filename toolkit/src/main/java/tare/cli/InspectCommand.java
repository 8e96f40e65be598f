package tare.cli;

import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tare.data.fetch.ModelNames;
import tare.estimate.ModelMemory;
import tare.model.Architecture;
import tare.model.Checkpoint;
import tare.model.ModelConfig;
import tare.tensor.StorageType;

/** {@code tare inspect}: describes a checkpoint and the memory that it needs. */
@Command(
    name = "inspect",
    mixinStandardHelpOptions = true,
    showDefaultValues = true,
    description =
        "Checks a checkpoint and prints its architecture, sizes, storage types and"
            + " checksum, the linear layers to compress, and the memory that calibration and"
            + " evaluation need.")
final class InspectCommand implements Callable<Integer> {

  private static final double MIB = 1 << 20;

  /** Tokens that run at once in calibration and evaluation, unless a sample is longer. */
  private static final int BATCH_TOKENS = 4096;

  @Parameters(paramLabel = "PATH|NAME", description = "the model")
  private String model;

  @Option(names = "--samples", paramLabel = "N", description = "number of calibration samples")
  private int samples = 128;

  @Option(
      names = "--length",
      paramLabel = "L",
      description = "tokens per sample, at most the context")
  private int length = 512;

  @Mixin private DataOption data;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    Checkpoint checkpoint = Checkpoint.open(ModelNames.path(model, data.folder()));
    PrintWriter print = spec.commandLine().getOut();
    print.println(checkpoint.path());
    sizes(checkpoint.config(), print);
    storage(checkpoint, print);
    print.printf("SHA-256 of the weights  %s%n%n", checkpoint.revision());
    linears(checkpoint.config(), print);
    memory(new ModelMemory(checkpoint.config()), checkpoint.config(), print);
    print.flush();
    return 0;
  }

  private static void sizes(ModelConfig config, PrintWriter print) {
    Architecture built = config.architecture();
    print.printf(
        "architecture  %s: %s %s, %s, %s feed-forward, biases in %s, %s output matrix%n",
        built.family(),
        built.layerNorm() ? "LayerNorm" : "RMSNorm",
        built.normAfter()
            ? "after the sum"
            : (built.outputNorms() ? "before and after" : "before") + " attention and feed-forward",
        positions(config),
        built.gated() ? "gated" : "relu",
        built.biased().isEmpty() ? "none" : built.biased(),
        config.tiedHead() ? "tied" : "untied");
    print.printf(
        Locale.ROOT,
        "sizes         %,d parameters, %d blocks of width %d, %d heads of %d over %d"
            + " key/value heads,"
            + " hidden %d, vocabulary %,d, context %,d%n",
        config.parameters(),
        config.blocks(),
        config.width(),
        config.heads(),
        config.headWidth(),
        config.keyValueHeads(),
        config.hidden(),
        config.vocabulary(),
        config.context());
    config
        .window()
        .ifPresent(
            window ->
                print.printf(
                    Locale.ROOT,
                    "window        attention sees %,d tokens in %d of the blocks%n",
                    window.tokens(),
                    window.blocks().size()));
  }

  private static String positions(ModelConfig config) {
    return config
        .rotary()
        .map(
            rotary ->
                String.format(
                    Locale.ROOT,
                    "rotary positions of base %,.0f%s",
                    rotary.base(),
                    rotary
                        .scaling()
                        .map(scaling -> ", stretched %s times".formatted(plain(scaling.factor())))
                        .orElse("")))
        .orElse("learned positions");
  }

  private static String plain(double number) {
    return BigDecimal.valueOf(number).stripTrailingZeros().toPlainString();
  }

  private static void storage(Checkpoint checkpoint, PrintWriter print) {
    Map<StorageType, long[]> totals = new TreeMap<>();
    Set<String> dense = new TreeSet<>(checkpoint.tensors().names());
    dense.removeAll(checkpoint.packed());
    for (String name : dense) {
      StorageType type = checkpoint.tensors().storage(name);
      long[] total = totals.computeIfAbsent(type, unseen -> new long[2]);
      total[0]++;
      total[1] += type.bytes(checkpoint.tensors().shape(name).size());
    }
    totals.forEach(
        (type, total) ->
            print.printf(
                Locale.ROOT,
                "stored as     %s: %d tensors, %,.1f MiB%n",
                type,
                total[0],
                total[1] / MIB));
    if (!checkpoint.packed().isEmpty()) {
      print.printf(
          Locale.ROOT,
          "packed        %d linear layers, decoded when they are read%n",
          checkpoint.packed().size());
    }
    if (!checkpoint.unused().isEmpty()) {
      print.println("not used      " + String.join(", ", checkpoint.unused()));
    }
  }

  private static void linears(ModelConfig config, PrintWriter print) {
    print.println("Compression applies to the linear layers of each block:");
    int common = Integer.MAX_VALUE;
    long weights = 0;
    for (Map.Entry<String, Shape> tensor : config.blockShapes(0).entrySet()) {
      Shape shape = tensor.getValue();
      if (shape.dimension() == 2) {
        int group = Integer.lowestOneBit((int) shape.get(1));
        print.printf(
            Locale.ROOT,
            "  %-48s %5d x %-5d groups of up to %d%n",
            tensor.getKey(),
            shape.get(0),
            shape.get(1),
            group);
        common = Math.min(common, group);
        weights += shape.size();
      }
    }
    print.printf(
        Locale.ROOT,
        "  %,d weights in %d blocks; %d is the largest power of two that divides all rows%n%n",
        weights * config.blocks(),
        config.blocks(),
        common);
  }

  private void memory(ModelMemory need, ModelConfig config, PrintWriter print) {
    int fitting = Math.min(length, config.context());
    long hidden = need.hiddenStates(samples, fitting);
    long block = need.blockAtATime();
    long activations = need.activations(Math.max(BATCH_TOKENS, fitting));
    print.println("Memory for arrays, in addition to Java and the tensor library:");
    print.printf(
        Locale.ROOT,
        "  calibration, %d x %d tokens  %,10.0f MiB: hidden states %,.0f on the host,"
            + " block and ends %,.0f and activations %,.0f on the device%n",
        samples,
        fitting,
        (hidden + block + activations) / MIB,
        hidden / MIB,
        block / MIB,
        activations / MIB);
    long logits = (long) Float.BYTES * fitting * config.vocabulary();
    print.printf(
        Locale.ROOT,
        "  evaluation in float32         %,10.0f MiB, in bfloat16 %,.0f; the logits of one sample"
            + " add %,.0f%n",
        (need.resident(4) + activations) / MIB,
        (need.resident(2) + activations) / MIB,
        logits / MIB);
  }
}
