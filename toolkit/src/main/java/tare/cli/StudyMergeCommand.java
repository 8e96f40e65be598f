package tare.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tare.study.ShardMerge;

/** {@code tare study merge}: joins the results of shards. */
@Command(
    name = "merge",
    mixinStandardHelpOptions = true,
    description =
        "Joins the results of a study's shards in one folder, as if one run had produced"
            + " them. Shards of another study, and trials with different results in two folders,"
            + " are refused.")
final class StudyMergeCommand implements Callable<Integer> {

  @Parameters(index = "0", paramLabel = "OUT", description = "the folder for all results")
  private Path out;

  @Parameters(
      index = "1..*",
      arity = "1..*",
      paramLabel = "FOLDER",
      description = "the folders with results of shards, or with published results")
  private List<Path> folders;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    ShardMerge.Merged merged = ShardMerge.merge(out, folders);
    StudyRunCommand.tellDamaged(merged.damaged());
    PrintWriter print = spec.commandLine().getOut();
    print.printf(
        Locale.ROOT,
        "%d of %d trials of %s are done: %s%n",
        merged.trials(),
        merged.study().count(),
        merged.study().name(),
        merged.table());
    if (merged.failed() > 0) {
      print.printf(Locale.ROOT, "%d failed: %s%n", merged.failed(), out.resolve("failed"));
    }
    print.flush();
    return merged.failed() == 0 ? 0 : 1;
  }
}
