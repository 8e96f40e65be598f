package tare.cli;

import ai.djl.Device;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tare.model.Precision;
import tare.study.Forecast;
import tare.study.MachineSpeed;
import tare.study.Materials;
import tare.study.Outlook;
import tare.study.Study;
import tare.study.Trial;
import tare.study.TrialFiles;
import tare.study.TrialMemory;

/** {@code tare study plan}: what a study will take. */
@Command(
    name = "plan",
    mixinStandardHelpOptions = true,
    showDefaultValues = true,
    description = {
      "Prints the trials of a study, how many are done, their memory, and the time left: from",
      "finished trials of the same kind, else from a few seconds of work with the models here."
    })
final class StudyPlanCommand implements Callable<Integer> {

  @Parameters(paramLabel = "FILE", description = "the study, JSON")
  private Path file;

  @Option(
      names = "--workers",
      paramLabel = "N",
      description = "also the time on N machines like this one, the longest trials first")
  private int workers = 1;

  @Mixin private ResultsOption results;

  @Mixin private DataOption data;

  @Mixin private DeviceOption where;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    Study study = Study.read(file);
    Path folder = results.of(study, data);
    Device device = where.device();
    try (BarProgress progress = new BarProgress()) {
      Materials materials = new Materials(data.folder(), device, progress);
      progress.at("checking models, corpora and tasks", 0, 1);
      List<Trial> trials = materials.trials(study);
      Set<String> done = new HashSet<>(new TrialFiles(folder).finished());
      Precision precision = Precision.named(study.precision()).on(device);
      Forecast forecast =
          Forecast.of(trials, folder, new MachineSpeed(materials, device, precision, progress));
      Outlook outlook =
          Outlook.of(
              trials,
              trial -> done.contains(trial.id()),
              forecast,
              new TrialMemory(materials, precision));
      progress.finish();
      print(study, outlook);
      return 0;
    }
  }

  private void print(Study study, Outlook outlook) {
    PrintWriter out = spec.commandLine().getOut();
    out.printf("%6s %5s %9s %10s  %s%n", "trials", "done", "each", "memory", "what");
    for (Outlook.Line line : outlook.lines()) {
      out.printf(
          "%6d %5d %9s %6d MiB  %s%s%n",
          line.trials(),
          line.done(),
          Times.text(line.seconds()),
          line.mib(),
          what(line.kind()),
          line.measured() ? " (as measured)" : "");
    }
    int trials = outlook.lines().stream().mapToInt(Outlook.Line::trials).sum();
    out.printf(
        "%s: %d of %d trials are done; about %s left%s, and the time to choose %s.%n",
        study.name(),
        trials - outlook.left().size(),
        trials,
        Times.text(outlook.secondsLeft()),
        workers == 1
            ? ""
            : ", on %d machines %s".formatted(workers, Times.text(outlook.secondsLeft(workers))),
        "calibration sets");
    out.flush();
  }

  private static String what(Forecast.Kind kind) {
    String budget =
        kind.budget() == null
            ? ""
            : ", %d x %d tokens"
                .formatted(kind.budget().samples(), kind.budget().tokensPerSample());
    return kind.model() + " " + kind.method().described() + budget;
  }
}
