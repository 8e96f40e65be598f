package tare.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import tare.quantize.Gptq;

/** {@code tare bench}: how fast this machine runs and compresses. */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    description = {
      "Measures a whole model, or one method on one linear. Nothing else should run meanwhile.",
      "The scripts in toolkit/src/bench measure the same of other tools."
    },
    subcommands = ModelBenchCommand.class)
final class BenchCommand {

  @Command(
      name = "gptq",
      mixinStandardHelpOptions = true,
      showDefaultValues = true,
      description = "GPTQ in natural order, grids fitted to updated weights.")
  void gptq(@Mixin LinearBench linear, @Mixin GridOptions grid) {
    linear.run(new Gptq(grid.bits, grid.group, false, false, Gptq.Grids.UPDATED, 0.01, false, 128));
  }
}
