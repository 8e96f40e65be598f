package tare.cli;

import ai.djl.Device;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tare.estimate.MeasuredSeconds;
import tare.estimate.RecordedSeconds;
import tare.estimate.RemainingTime;
import tare.estimate.SharedParts;
import tare.estimate.TrialMemory;
import tare.model.Precision;
import tare.study.Materials;
import tare.study.Methods;
import tare.study.Study;
import tare.study.Trial;
import tare.study.TrialFiles;

/** {@code tare study plan}: forecasts the time and memory of a study. */
@Command(
    name = "plan",
    mixinStandardHelpOptions = true,
    showDefaultValues = true,
    description =
        "Prints the trials of a study, how many are done, their memory, and the remaining"
            + " time. Times come from finished trials of the same kind, else from a few seconds"
            + " of work with the models on this machine. It also prints what trials share and a"
            + " worker therefore does once.")
final class StudyPlanCommand implements Callable<Integer> {

  @Parameters(paramLabel = "FILE", description = "the study file, JSON")
  private Path file;

  @Option(
      names = "--workers",
      paramLabel = "N",
      description =
          "also print the time on N machines like this one, with the longest trials first")
  private int workers = 1;

  @Option(
      names = "--gpus",
      paramLabel = "M",
      description =
          "number of GPUs in each machine, each of which runs one trial; only with --device gpu")
  private int gpus = 1;

  @Mixin private ResultsOption results;

  @Mixin private DataOption data;

  @Mixin private DeviceOption where;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    Study study = Study.read(file);
    TrialFiles files = results.all(results.run(study, data), study, data);
    StudyRunCommand.tellDamaged(files.damaged());
    Device device = where.device();
    try (BarProgress progress = new BarProgress()) {
      Materials materials = new Materials(data.folder(), device, progress);
      progress.at("checking models, corpora and tasks", 0, 1);
      long start = System.nanoTime();
      List<Trial> trials = materials.trials(study);
      double opening = (System.nanoTime() - start) / 1e9 / study.models().size();
      Set<String> done = new HashSet<>(files.finished());
      Precision precision = Precision.named(study.precision()).resolvedOn(device);
      RecordedSeconds forecast =
          RecordedSeconds.of(
              trials, files, device, new MeasuredSeconds(materials, device, precision, progress));
      RemainingTime outlook =
          RemainingTime.of(
              trials,
              trial -> done.contains(trial.id()),
              forecast,
              new TrialMemory(model -> materials.model(model).config(), precision));
      progress.finish();
      print(study, outlook);
      List<Trial> left = trials.stream().filter(trial -> !done.contains(trial.id())).toList();
      if (!left.isEmpty()) {
        printShared(SharedParts.of(left, slots()), opening, files);
      }
      return 0;
    }
  }

  private void print(Study study, RemainingTime outlook) {
    PrintWriter out = spec.commandLine().getOut();
    out.printf("%6s %5s %9s %10s  %s%n", "trials", "done", "each", "memory", "what");
    for (RemainingTime.Line line : outlook.lines()) {
      out.printf(
          Locale.ROOT,
          "%6d %5d %9s %6d MiB  %s%s%n",
          line.trials(),
          line.done(),
          Times.text(line.seconds()),
          line.mib(),
          what(line.kind()),
          line.measured() ? " (as measured)" : "");
    }
    int trials = outlook.lines().stream().mapToInt(RemainingTime.Line::trials).sum();
    if (outlook.left().isEmpty()) {
      out.printf(Locale.ROOT, "%s: %d of %d trials are done.%n", study.name(), trials, trials);
      out.flush();
      return;
    }
    out.printf(
        Locale.ROOT,
        "%s: %d of %d trials are done; about %s left%s, and the time to choose"
            + " calibration sets.%n",
        study.name(),
        trials - outlook.left().size(),
        trials,
        Times.text(outlook.secondsLeft()),
        slots() == 1
            ? ""
            : String.format(
                Locale.ROOT,
                ", on %d machines%s %s",
                workers,
                gpus == 1 ? "" : String.format(Locale.ROOT, " of %d GPUs", gpus),
                Times.text(outlook.secondsLeft(slots()))));
    out.flush();
  }

  private int slots() {
    return Math.multiplyExact(workers, gpus);
  }

  /**
   * Prints what trials share. The time to choose a set is only known from finished trials; it may
   * be long.
   */
  private void printShared(SharedParts shared, double opening, TrialFiles files) {
    PrintWriter out = spec.commandLine().getOut();
    OptionalDouble choosing = files.secondsToSelect();
    out.printf(
        Locale.ROOT,
        "Shared: %s for %s, and %s for %d of them%s.%n",
        counted(shared.models(), "model load"),
        counted(shared.trials(), "trial"),
        counted(shared.sets(), "calibration set"),
        shared.calibrated(),
        "; that saves about %s of work%s"
            .formatted(
                Times.text(shared.secondsSaved(opening, choosing.orElse(0))),
                choosing.isPresent() ? "" : ", and the time to choose sets again"));
    out.flush();
  }

  private static String counted(int number, String noun) {
    return number + " " + noun + (number == 1 ? "" : "s");
  }

  private static String what(RecordedSeconds.Kind kind) {
    String budget =
        kind.budget() == null
            ? ""
            : String.format(
                Locale.ROOT,
                ", %d x %d tokens",
                kind.budget().samples(),
                kind.budget().tokensPerSample());
    return kind.model() + " " + Methods.described(kind.method()) + budget;
  }
}
