package tare.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tare.compress.Awq;
import tare.compress.Gptq;
import tare.compress.SparseGpt;
import tare.compress.Spqr;

/** {@code tare bench}: measures how fast this machine runs and compresses. */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    description =
        "Measures a whole model, or one method on one linear layer. Run nothing else"
            + " meanwhile. The scripts in toolkit/bench take the same measurements of other"
            + " tools.",
    subcommands = ModelBenchCommand.class)
final class BenchCommand {

  private static final String BITS = "bits per code";
  private static final String GROUP = "group size: columns that share a scale";

  @Command(
      name = "gptq",
      mixinStandardHelpOptions = true,
      showDefaultValues = true,
      description = "GPTQ in natural order, with grids fitted to updated weights.")
  void gptq(
      @Mixin LinearBench linear,
      @Option(names = "--bits", defaultValue = "4", description = BITS) int bits,
      @Option(names = "--group", defaultValue = "128", description = GROUP) int group) {
    linear.run(new Gptq(bits, group).naturalOrder());
  }

  @Command(
      name = "awq",
      mixinStandardHelpOptions = true,
      showDefaultValues = true,
      description = "AWQ: a search over 20 scales and 10 clipping bounds, then rounding.")
  void awq(
      @Mixin LinearBench linear,
      @Option(names = "--bits", defaultValue = "4", description = BITS) int bits,
      @Option(names = "--group", defaultValue = "128", description = GROUP) int group) {
    linear.run(new Awq(bits, group));
  }

  @Command(
      name = "spqr",
      mixinStandardHelpOptions = true,
      showDefaultValues = true,
      description = "SpQR with its published settings.")
  void spqr(
      @Mixin LinearBench linear,
      @Option(names = "--bits", defaultValue = "4", description = BITS) int bits,
      @Option(names = "--group", defaultValue = "16", description = GROUP) int group) {
    linear.run(new Spqr(bits, group));
  }

  @Command(
      name = "sparsegpt",
      mixinStandardHelpOptions = true,
      showDefaultValues = true,
      description = "SparseGPT with the given sparsity in each block of columns.")
  void sparseGpt(
      @Mixin LinearBench linear,
      @Option(names = "--sparsity", defaultValue = "0.5", description = "sparsity")
          double sparsity) {
    linear.run(new SparseGpt(sparsity));
  }
}
