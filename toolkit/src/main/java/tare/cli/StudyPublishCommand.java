package tare.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tare.study.PublishedStudy;
import tare.study.Study;

/** {@code tare study publish}: turns the results of a run into a few files. */
@Command(
    name = "publish",
    mixinStandardHelpOptions = true,
    description =
        "Turns the finished trials of a run into seven files, to be kept with the code."
            + " Trials that are already published stay. The run need not be complete: it can"
            + " continue and be published again.")
final class StudyPublishCommand implements Callable<Integer> {

  @Parameters(paramLabel = "FILE", description = "the study, JSON")
  private Path file;

  @Option(
      names = "--to",
      paramLabel = "DIR",
      description = "the folder to publish into (default: results/<study> in the data folder)")
  private Path to;

  @Mixin private ResultsOption results;

  @Mixin private DataOption data;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    Study study = Study.read(file);
    Path run = results.run(study, data);
    Path folder = to == null ? ResultsOption.publishedFolder(study, data) : to;
    PublishedStudy.Published published = PublishedStudy.publish(run, folder);
    PrintWriter out = spec.commandLine().getOut();
    out.printf(
        Locale.ROOT,
        "%d of %d trials of %s are published, %d of them now: %s%n",
        published.trials(),
        published.study().count(),
        published.study().name(),
        published.added(),
        folder);
    out.printf("The files in %s are no longer needed for these trials.%n", run);
    if (published.failed() > 0) {
      out.printf(Locale.ROOT, "%d failed: %s%n", published.failed(), run.resolve("failed"));
    }
    out.flush();
    return 0;
  }
}
