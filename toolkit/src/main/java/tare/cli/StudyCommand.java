package tare.cli;

import ai.djl.Device;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tare.study.HereRunner;
import tare.study.Materials;
import tare.study.ResultFolder;
import tare.study.Study;
import tare.study.Trial;
import tare.study.Work;

/** {@code tare study}: runs what a study file describes. */
@Command(
    name = "study",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    description = "Compares calibration sets and methods as a study file says.")
final class StudyCommand {

  @Spec private CommandSpec spec;

  @Command(
      name = "run",
      mixinStandardHelpOptions = true,
      showDefaultValues = true,
      description = {
        "Runs all trials of a study that are not done; killed, it goes on where it was.",
        "Everything that the study needs is checked first."
      })
  int run(
      @Parameters(paramLabel = "FILE", description = "the study, JSON") Path file,
      @Option(
              names = "--results",
              paramLabel = "DIR",
              description = "the folder of results (default: results/<study> in the data folder)")
          Path results,
      @Mixin DataOption data,
      @Mixin DeviceOption where) {
    Study study = Study.read(file);
    Path folder =
        results == null ? data.folder().resolve("results").resolve(study.name()) : results;
    PrintWriter out = spec.commandLine().getOut();
    Device device = where.device();
    try (BarProgress progress = new BarProgress()) {
      Materials materials = new Materials(data.folder(), device, progress);
      progress.at("checking models, corpora and tasks", 0, 1);
      List<Trial> trials = materials.check(study);
      progress.finish();
      try (ResultFolder open = ResultFolder.open(folder, study, trials)) {
        new HereRunner(progress)
            .run(trials, Work.of(study, materials, device, open, progress), open);
        progress.finish();
        List<Path> failures = open.failures(trials);
        out.printf(
            "%d of %d trials done: %s%n",
            trials.stream().filter(open::has).count(), trials.size(), open.table());
        failures.forEach(failure -> out.println("failed: " + failure));
        out.flush();
        return failures.isEmpty() ? 0 : 1;
      }
    }
  }
}
