package tare.cli;

import ai.djl.Device;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tare.data.Progress;
import tare.estimate.RecordedSeconds;
import tare.estimate.RelativeCost;
import tare.estimate.Shard;
import tare.study.ClusterEngine;
import tare.study.HereRunner;
import tare.study.Materials;
import tare.study.ResultFolder;
import tare.study.Study;
import tare.study.Trial;
import tare.study.TrialFiles;
import tare.study.TrialRun;

/** {@code tare study run}: runs all trials that are not done yet. */
@Command(
    name = "run",
    mixinStandardHelpOptions = true,
    showDefaultValues = true,
    description =
        "Runs all trials of a study that are neither done nor published yet. A killed run"
            + " continues where it stopped. 'tare study publish' turns the results into a few"
            + " files. Everything that the study needs is checked before the first trial. Sets"
            + " of later pools that a selector chooses with the model are chosen when their"
            + " trials begin.")
final class StudyRunCommand implements Callable<Integer> {

  @Parameters(paramLabel = "FILE", description = "the study file, JSON")
  private Path file;

  @Option(
      names = "--shard",
      paramLabel = "I/N",
      description =
          "run only the I-th of N parts, into its own folder (without --results:"
              + " runs/<study>.shard-I-of-N); 'tare study merge' joins the parts")
  private String shard;

  @Option(
      names = "--on",
      paramLabel = "MASTER",
      description =
          "run the trials on an Apache Spark cluster: spark://HOST:7077,"
              + " local-cluster[2,4,8192], or any other Spark master; within spark-submit this"
              + " option is not needed")
  private String on;

  @Option(
      names = "--results-by",
      paramLabel = "WHO",
      defaultValue = "driver",
      description =
          "on a cluster, who writes results: driver (workers send them back), or workers"
              + " (all machines see the folder of the run under the same path)")
  private ClusterEngine.ResultsBy resultsBy;

  @Option(
      names = "--reuse",
      paramLabel = "DIR",
      description =
          "take trials that another study has finished from the folder of its run, or of its"
              + " published results, if model, method, calibration set and tasks are the same; may"
              + " be given several times")
  private List<Path> reused = List.of();

  @Mixin private ResultsOption results;

  @Mixin private DataOption data;

  @Mixin private DeviceOption where;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    Study study = Study.read(file);
    Shard part = shard == null ? new Shard(1, 1) : Shard.parse(shard);
    String name =
        shard == null
            ? study.name()
            : String.format(
                Locale.ROOT, "%s.shard-%d-of-%d", study.name(), part.number(), part.of());
    Path folder = results.run(name, data);
    String master = on == null ? System.getProperty("spark.master") : on;
    return master == null
        ? here(study, part, folder)
        : onCluster(ClusterEngine.onClassPath(), master, study, part, folder);
  }

  private int here(Study study, Shard part, Path folder) {
    Device device = where.device();
    try (BarProgress stages = new BarProgress()) {
      AtomicReference<Progress> choosing = new AtomicReference<>(stages);
      Materials materials =
          new Materials(
              data.folder(), device, (stage, done, total) -> choosing.get().at(stage, done, total));
      stages.at("checking models, corpora and tasks", 0, 1);
      List<Trial> all = materials.trials(study);
      RelativeCost work = RelativeCost.of(materials);
      List<Trial> trials = part.of(all, work);
      TrialFiles files = results.all(folder, study, data);
      TrialFiles others = reused();
      Set<String> done = new HashSet<>(files.finished());
      done.addAll(others.finished());
      List<Trial> left = trials.stream().filter(trial -> !done.contains(trial.id())).toList();
      materials.chooseFirst(left);
      stages.finish();
      try (ResultFolder open =
          ResultFolder.open(folder, results.published(study, data), study, all)) {
        open.requireModels(materials.models(study));
        open.list(materials.scoredItems(study));
        tellDamaged(open.damaged());
        take(trials, others, open);
        RecordedSeconds forecast = RecordedSeconds.byWork(all, files, device, work);
        try (TrialProgress progress = new TrialProgress(trials, left, forecast)) {
          choosing.set(progress);
          new HereRunner(Progress.NONE)
              .run(
                  trials,
                  progress.watching(TrialRun.of(study, materials, device, open, progress)),
                  open);
        }
        return tell(trials, open);
      }
    }
  }

  /** Runs trials on a cluster, where each worker chooses the calibration sets of its own trials. */
  private int onCluster(ClusterEngine engine, String master, Study study, Shard part, Path folder) {
    System.err.println("checking models, corpora and tasks");
    Materials materials = new Materials(data.folder(), Device.cpu());
    List<Trial> all = materials.trials(study);
    List<Trial> trials = part.of(all, RelativeCost.of(materials));
    try (ResultFolder open =
        ResultFolder.open(folder, results.published(study, data), study, all)) {
      open.requireModels(materials.models(study));
      open.list(materials.scoredItems(study));
      tellDamaged(open.damaged());
      take(trials, reused(), open);
      engine
          .runner(master, study, where.name(), resultsBy, StudyRunCommand::line)
          .run(trials, TrialRun.elsewhere(study, materials, open), open);
      return tell(trials, open);
    }
  }

  /** The results of other studies. */
  private TrialFiles reused() {
    reused.forEach(TrialFiles::requireStudy);
    return TrialFiles.in(reused.toArray(Path[]::new));
  }

  private void take(List<Trial> trials, TrialFiles others, ResultFolder open) {
    if (!reused.isEmpty()) {
      PrintWriter out = spec.commandLine().getOut();
      out.printf(
          Locale.ROOT,
          "%d of %d trials were taken from other studies%n",
          open.take(trials, others),
          trials.size());
      out.flush();
    }
  }

  private static void line(String stage, long done, long total) {
    System.err.printf(Locale.ROOT, "%d of %d: %s%n", done, total, stage);
  }

  /** Says which trials run again because their files are damaged. */
  static void tellDamaged(List<Path> parts) {
    parts.forEach(
        part ->
            System.err.println(
                part + " is empty, cut or of another form: this trial counts as not done."));
  }

  private int tell(List<Trial> trials, ResultFolder open) {
    List<Path> failures = open.failures(trials);
    PrintWriter out = spec.commandLine().getOut();
    out.printf(
        Locale.ROOT,
        "%d of %d trials done: %s%n",
        trials.stream().filter(open::has).count(),
        trials.size(),
        open.table());
    failures.forEach(failure -> out.println("failed: " + failure));
    out.flush();
    return failures.isEmpty() ? 0 : 1;
  }
}
