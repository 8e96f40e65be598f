package tare.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.zip.GZIPOutputStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tare.audit.Foresight;
import tare.audit.RecordedCase;
import tare.audit.RecordedSets;
import tare.audit.Relation;
import tare.data.WholeFile;
import tare.report.ResultTable;
import tare.report.summary.StudyReport;
import tare.study.Materials;
import tare.study.PublishedStudy;
import tare.study.RecordCsv;
import tare.study.ShardMerge;
import tare.study.Study;
import tare.study.TrialFiles;

/** {@code tare study}: plans, runs, joins, publishes, reports and explores studies. */
@Command(
    name = "study",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    description = "Compares calibration sets and methods, as described in a study file.",
    subcommands = {
      StudyPlanCommand.class,
      StudyRunCommand.class,
      StudyCommand.Merge.class,
      StudyCommand.Publish.class,
      StudyCommand.Report.class,
      StudyExploreCommand.class,
      StudyCommand.Numbers.class
    })
final class StudyCommand {

  /** {@code tare study merge}: joins the results of shards. */
  @Command(
      name = "merge",
      mixinStandardHelpOptions = true,
      description =
          "Joins the results of a study's shards in one folder, as if one run had produced"
              + " them. Shards of another study, and trials with different results in two folders,"
              + " are refused.")
  static final class Merge implements Callable<Integer> {

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

  /** {@code tare study publish}: turns the results of a run into a few files. */
  @Command(
      name = "publish",
      mixinStandardHelpOptions = true,
      description =
          "Turns the finished trials of a run into six files, to be kept with the code."
              + " Trials that are already published stay. The run need not be complete: it can"
              + " continue and be published again.")
  static final class Publish implements Callable<Integer> {

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
      PublishedStudy.Published published = PublishedStudy.publish(study, run, folder);
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

  /** {@code tare study report}: makes tables and figures of the results so far. */
  @Command(
      name = "report",
      mixinStandardHelpOptions = true,
      description =
          "Writes all tables (CSV and Markdown) and figures (PNG) that the results of a"
              + " study support, and a page with all of them, report.md. Published results and"
              + " results of a run are read together.")
  static final class Report implements Callable<Integer> {

    @Parameters(paramLabel = "FILE", description = "the study file, JSON")
    private Path file;

    @Option(
        names = "--out",
        paramLabel = "DIR",
        description = "the folder for the report (default: report in the folder of the run)")
    private Path out;

    @Mixin private ResultsOption results;

    @Mixin private DataOption data;

    @Spec private CommandSpec spec;

    @Override
    public Integer call() {
      Study study = Study.read(file);
      Path run = results.run(study, data);
      TrialFiles files = results.all(run, study, data);
      StudyRunCommand.tellDamaged(files.damaged());
      List<Path> written =
          StudyReport.write(
              ResultTable.read(files), files, out == null ? run.resolve("report") : out);
      PrintWriter print = spec.commandLine().getOut();
      print.printf(Locale.ROOT, "%d files: %s%n", written.size(), written.get(written.size() - 1));
      print.flush();
      return 0;
    }
  }

  /** {@code tare study numbers}: looks for numbers that foretell perplexity. */
  @Command(
      name = "numbers",
      mixinStandardHelpOptions = true,
      description =
          "Chooses the recorded calibration sets of studies again, counts what can be known of"
              + " them before compression, and says which of these numbers foretell perplexity or divergence."
              + " The table that is written has a line for each recorded trial and text.")
  static final class Numbers implements Callable<Integer> {

    @Parameters(arity = "1..*", paramLabel = "FILE", description = "study files, JSON")
    private List<Path> studies;

    @Option(
        names = "--out",
        required = true,
        paramLabel = "FILE",
        description = "the table, .csv.gz")
    private Path table;

    @Option(
        names = "--largest",
        paramLabel = "N",
        showDefaultValue = Visibility.ALWAYS,
        description =
            "parameters of the largest model that reads the sets; of larger models, the numbers"
                + " that need the model stay empty")
    private long largest = 200_000_000;

    @Option(
        names = "--choosing",
        paramLabel = "N",
        showDefaultValue = Visibility.ALWAYS,
        description =
            "parameters of the largest model that chooses sets again; of larger models, sets that"
                + " were chosen with the model are left out")
    private long choosing = 10_000_000;

    @Mixin private DataOption data;

    @Mixin private DeviceOption device;

    @Spec private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
      requireTable();
      PrintWriter out = spec.commandLine().getOut();
      List<RecordedCase> found = new ArrayList<>();
      for (Path file : studies) {
        Study study = Study.read(file);
        RecordedSets.Found of;
        try (BarProgress progress = new BarProgress()) {
          of =
              new RecordedSets(
                      new Materials(data.folder(), device.device()),
                      device.device(),
                      largest,
                      choosing,
                      progress)
                  .of(study, TrialFiles.of(data.folder(), study.name()));
        }
        out.printf(
            Locale.ROOT,
            "%s: %d of %d recorded sets chosen again, %d scores%s%n",
            study.name(),
            of.found(),
            of.recorded(),
            of.cases().size(),
            of.leftOut() == 0
                ? ""
                : String.format(
                    Locale.ROOT,
                    "; left out: %d scores that cannot be compared (a divergence of 0 or less, not"
                        + " finite, or no perplexity of the uncompressed model)",
                    of.leftOut()));
        out.flush();
        found.addAll(of.cases());
        write(found);
      }
      new Foresight(found)
          .relations().stream()
              .filter(Relation::holds)
              .forEach(
                  each ->
                      out.printf(
                          Locale.ROOT,
                          "%s, %s, %s: rank correlation %.2f (%.2f to %.2f) in %d studies%n",
                          each.method(),
                          each.metric(),
                          each.number(),
                          each.correlation(),
                          each.low(),
                          each.high(),
                          each.studies()));
      out.flush();
      return 0;
    }

    private void requireTable() throws IOException {
      if (!table.toString().endsWith(".gz")) {
        throw new IllegalArgumentException(
            "--out %s: the table is written with gzip. Name the file TABLE.csv.gz."
                .formatted(table));
      }
      OutputFile written = new OutputFile("--out", table);
      written.requireWritable();
      for (Path file : studies) {
        written.requireNot(file, "FILE");
      }
    }

    /** Called after each study: what was counted is kept if a later study is refused. */
    private void write(List<RecordedCase> found) throws IOException {
      WholeFile.write(
          table,
          to -> {
            GZIPOutputStream packed = new GZIPOutputStream(to);
            new RecordCsv<>(RecordedCase.class, found).write(packed);
            packed.finish();
          });
    }
  }
}
